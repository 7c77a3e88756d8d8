import type { FastifyReply } from 'fastify';
import { Type } from 'typebox';
import type { Tokens } from '../domain/sessions/issue-tokens.ts';
import { setAccessCookies, setRefreshCookie } from './cookies.ts';
import { AccessToken, CsrfToken, ExpiresIn, GrantedScope, RefreshExpiresIn, RefreshToken, SET_COOKIE } from './fields.schema.ts';

/** Tokens in the body. */
const BodyTokens = Type.Object(
  {
    access_token: AccessToken,
    token_type: Type.Literal('Bearer'),
    expires_in: ExpiresIn,
    refresh_token: RefreshToken,
    refresh_expires_in: RefreshExpiresIn,
    scope: GrantedScope,
  },
  { title: 'Tokens', additionalProperties: false },
);

/** Tokens in cookies: none of them is in the body. */
export const CookieTokens = Type.Object(
  {
    expires_in: ExpiresIn,
    refresh_expires_in: RefreshExpiresIn,
    csrf_token: CsrfToken,
    scope: GrantedScope,
  },
  { title: 'TokensInCookies', additionalProperties: false },
);

export const TokensAnswer = Type.Union([BodyTokens, CookieTokens], { description: 'Signed in.', headers: SET_COOKIE });

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
