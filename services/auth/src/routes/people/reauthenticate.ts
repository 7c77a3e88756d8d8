import type { Server } from '@countersign/service';
import { Type } from 'typebox';
import type { AccessTokenTerms } from '../../domain/access-token.ts';
import { type ReauthenticatePorts, reauthenticate } from '../../domain/people/reauthenticate.ts';
import { callerOf } from '../caller.ts';
import { setAccessCookies } from '../cookies.ts';
import { AccessToken, ExpiresIn, GrantedScope, Password, SET_COOKIE } from '../fields.schema.ts';
import { getPerson } from '../person.ts';
import { CookieTokens } from '../tokens-answer.ts';

export interface ReauthenticateRouteOptions {
  readonly ports: ReauthenticatePorts;
  readonly terms: AccessTokenTerms;
}

const Body = Type.Object({ password: Password }, { additionalProperties: false });

const InBody = Type.Object(
  { access_token: AccessToken, token_type: Type.Literal('Bearer'), expires_in: ExpiresIn, scope: GrantedScope },
  { additionalProperties: false },
);

/** `POST /reauthenticate`: the password once more, for what asks for a fresh proof of it (RFC 9470). */
export async function reauthenticateRoute(server: Server, { ports, terms }: ReauthenticateRouteOptions): Promise<void> {
  const config = { problems: ['credentials_invalid', 'rate_limited', 'forbidden'] as const };
  const schema = {
    summary: 'Prove the password again',
    description:
      'For what asks for a fresh proof (RFC 9470). Gives a new access token in place of the one that was sent; the refresh token stays.',
    body: Body,
    response: { 200: Type.Union([InBody, CookieTokens], { description: 'Proved.', headers: SET_COOKIE }) },
  };
  server.post('/reauthenticate', { config, schema }, async (request, reply) => {
    const issued = await reauthenticate(ports, terms, getPerson(request), request.body.password, callerOf(request));
    const { accessToken, expiresIn: expires_in, refreshExpiresIn: refresh_expires_in, scope, csrf } = issued;
    if (csrf === null) return { access_token: accessToken, token_type: 'Bearer' as const, expires_in, scope };
    setAccessCookies(reply, accessToken, csrf, refresh_expires_in);
    return { expires_in, refresh_expires_in, csrf_token: csrf, scope };
  });
}
