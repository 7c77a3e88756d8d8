import type { FastifyReply } from 'fastify';
import { Type } from 'typebox';
import type { Tokens } from '../domain/tokens.ts';
import { setAccessCookies, setRefreshCookie } from './cookies.ts';

/** Tokens in the body. */
const BodyTokens = Type.Object(
  {
    access_token: Type.String(),
    token_type: Type.Literal('Bearer'),
    expires_in: Type.Integer({ description: 'Life of the access token in seconds.' }),
    refresh_token: Type.String(),
    refresh_expires_in: Type.Integer({ description: 'Seconds until the session ends if nothing refreshes it.' }),
    scope: Type.String({ description: 'What was granted, space-separated.' }),
  },
  { additionalProperties: false },
);

/** Tokens in cookies: none of them is in the body. */
const CookieTokens = Type.Object(
  {
    expires_in: Type.Integer(),
    refresh_expires_in: Type.Integer(),
    csrf_token: Type.String({ description: 'What X-CSRF-Token must repeat; the same for the whole session.' }),
    scope: Type.String(),
  },
  { additionalProperties: false },
);

export const TokensAnswer = Type.Union([BodyTokens, CookieTokens]);

/** Answers with tokens in the delivery of their session. */
export function sendTokens(reply: FastifyReply, tokens: Tokens): FastifyReply {
  const { accessToken, refreshToken, expiresIn: expires_in, refreshExpiresIn: refresh_expires_in, scope, csrf } = tokens;
  reply.header('cache-control', 'no-store');
  if (csrf === null) {
    return reply.send({
      access_token: accessToken,
      token_type: 'Bearer',
      expires_in,
      refresh_token: refreshToken,
      refresh_expires_in,
      scope,
    });
  }
  setAccessCookies(reply, accessToken, csrf, refresh_expires_in);
  setRefreshCookie(reply, refreshToken, refresh_expires_in);
  return reply.send({ expires_in, refresh_expires_in, csrf_token: csrf, scope });
}
