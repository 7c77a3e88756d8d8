import type { Server } from '@countersign/service';
import { Type } from 'typebox';
import type { AccessTokenTerms } from '../../domain/access-token.ts';
import { type ReauthenticatePorts, reauthenticate } from '../../domain/people/reauthenticate.ts';
import type { AddressLimit } from '../address-limit.ts';
import { callerOf } from '../caller.ts';
import { Password } from '../fields.schema.ts';
import { getPerson } from '../person.ts';
import { AccessTokenAnswer, sendTokens } from '../tokens-answer.ts';

export interface ReauthenticateRouteOptions {
  readonly ports: ReauthenticatePorts;
  readonly terms: AccessTokenTerms;
  readonly limit: AddressLimit;
}

const Body = Type.Object({ password: Password }, { additionalProperties: false });

export async function reauthenticateRoute(server: Server, { ports, terms, limit }: ReauthenticateRouteOptions): Promise<void> {
  const config = { rateLimit: limit, problems: ['credentials_invalid', 'forbidden'] as const };
  const schema = {
    summary: 'Confirm the password again',
    description:
      'For endpoints that require a recently entered password (RFC 9470). Answers with a new access token and revokes the one that was sent; the refresh token stays.',
    body: Body,
    response: { 200: AccessTokenAnswer },
  };
  server.post('/reauthenticate', { config, schema }, async (request, reply) => {
    return sendTokens(reply, await reauthenticate(ports, terms, getPerson(request), request.body.password, callerOf(request)));
  });
}
