import type { Server } from '@countersign/service';
import { Type } from 'typebox';
import type { AccessTokenRules } from '../domain/issue-access-token.ts';
import { type ReauthenticatePorts, reauthenticate } from '../domain/reauthenticate.ts';
import { callerOf } from './caller.ts';
import { setAccessCookies } from './cookies.ts';
import { getPerson } from './person.ts';

export interface ReauthenticateRouteOptions {
  readonly ports: ReauthenticatePorts;
  readonly rules: AccessTokenRules;
}

const Body = Type.Object({ password: Type.String({ maxLength: 1024 }) }, { additionalProperties: false });

const InBody = Type.Object(
  { access_token: Type.String(), token_type: Type.Literal('Bearer'), expires_in: Type.Integer(), scope: Type.String() },
  { additionalProperties: false },
);

const InCookies = Type.Object(
  { expires_in: Type.Integer(), refresh_expires_in: Type.Integer(), csrf_token: Type.String(), scope: Type.String() },
  { additionalProperties: false },
);

/** `POST /reauthenticate`: the password once more, for what asks for a fresh proof of it (RFC 9470). */
export async function reauthenticateRoute(server: Server, { ports, rules }: ReauthenticateRouteOptions): Promise<void> {
  const schema = { body: Body, response: { 200: Type.Union([InBody, InCookies]) } };
  server.post('/reauthenticate', { schema }, async (request, reply) => {
    const issued = await reauthenticate(ports, rules, getPerson(request), request.body.password, callerOf(request));
    const { accessToken, expiresIn: expires_in, refreshExpiresIn: refresh_expires_in, scope, csrf } = issued;
    reply.header('cache-control', 'no-store');
    if (csrf === null) return { access_token: accessToken, token_type: 'Bearer' as const, expires_in, scope };
    setAccessCookies(reply, accessToken, csrf, refresh_expires_in);
    return { expires_in, refresh_expires_in, csrf_token: csrf, scope };
  });
}
