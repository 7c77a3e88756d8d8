import { Problem } from '@countersign/problems';
import type { Server } from '@countersign/service';
import { FIRST_PARTY_CLIENT_ID, REFRESH_COOKIE } from '@countersign/tokens';
import { Type } from 'typebox';
import { type RefreshInput, type RefreshPorts, type RefreshRules, refreshSession } from '../../domain/sessions/refresh-session.ts';
import { callerOf } from '../caller.ts';
import { cookieUseOf } from '../csrf.ts';
import { RefreshToken } from '../fields.schema.ts';
import { findTokenOfRequest } from '../token-of-request.ts';
import { sendTokens, TokensAnswer } from '../tokens-answer.ts';

export interface RefreshRouteOptions {
  readonly ports: RefreshPorts;
  readonly rules: RefreshRules;
  readonly corsOrigins: readonly string[];
}

const Body = Type.Unsafe<{ refresh_token?: string } | null>({
  type: ['object', 'null'],
  properties: { refresh_token: RefreshToken },
  additionalProperties: false,
});

export async function refreshRoute(server: Server, { ports, rules, corsOrigins }: RefreshRouteOptions): Promise<void> {
  const config = {
    problems: ['token_missing', 'token_malformed', 'token_invalid', 'token_expired', 'token_revoked', 'csrf_failed', 'forbidden'] as const,
  };
  const schema = {
    summary: 'Get the next tokens',
    description:
      'Send the refresh token in the body, in the header or in a cookie. Unless `REFRESH_ROTATION` is `off`, it works once: a retry within `REFRESH_GRACE_SECONDS` gets the same successor, and later reuse ends the session.',
    security: [{}, { refreshToken: [] }, { refreshCookie: [], csrfToken: [] }],
    body: Body,
    response: { 200: TokensAnswer },
  };
  server.post('/refresh', { config, schema }, async (request, reply) => {
    const presented = findTokenOfRequest(request, request.body?.refresh_token, [REFRESH_COOKIE]);
    if (presented === null)
      throw new Problem('token_missing', {
        detail: 'The refresh token is missing. Send it in the body, as Authorization: Bearer or as a cookie.',
      });
    const input: RefreshInput = {
      refreshToken: presented.token,
      clientId: FIRST_PARTY_CLIENT_ID,
      cookie: cookieUseOf(request, presented, corsOrigins),
      deliveries: ['body', 'cookie'],
    };
    return sendTokens(reply, await refreshSession(ports, rules, input, callerOf(request)));
  });
}
