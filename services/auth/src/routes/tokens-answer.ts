import type { FastifyReply } from 'fastify';
import { Type } from 'typebox';
import type { IssuedAccessToken } from '../domain/access-token.ts';
import type { AccessTokenOfSession } from '../domain/sessions/issue-tokens.ts';
import { setAccessCookies, setRefreshCookie } from './cookies.ts';
import { AccessToken, CsrfToken, ExpiresIn, GrantedScope, RefreshExpiresIn, RefreshToken, SET_COOKIE } from './fields.schema.ts';

export const accessTokenFields = {
  access_token: AccessToken,
  token_type: Type.Literal('Bearer', { description: 'Send the token as `Authorization: Bearer …`.' }),
  expires_in: ExpiresIn,
  scope: GrantedScope,
};

const TokensInBody = Type.Object(
  { ...accessTokenFields, refresh_token: RefreshToken, refresh_expires_in: RefreshExpiresIn },
  { title: 'Tokens', additionalProperties: false },
);

const AccessTokenInBody = Type.Object(accessTokenFields, { additionalProperties: false });

/** The tokens themselves are only in the cookies. */
const TokensInCookies = Type.Object(
  {
    expires_in: ExpiresIn,
    refresh_expires_in: RefreshExpiresIn,
    csrf_token: CsrfToken,
    scope: GrantedScope,
  },
  { title: 'TokensInCookies', additionalProperties: false },
);

export const TokensAnswer = Type.Union([TokensInBody, TokensInCookies], {
  description: 'The tokens, in the body or as cookies.',
  headers: SET_COOKIE,
});

/** For an access token alone: the refresh token stays. */
export const AccessTokenAnswer = Type.Union([AccessTokenInBody, TokensInCookies], {
  description: 'The password is confirmed.',
  headers: SET_COOKIE,
});

/** Answers in the delivery of the session, with a pair of tokens or an access token alone. */
export function sendTokens(reply: FastifyReply, tokens: AccessTokenOfSession & { readonly refreshToken?: string }): FastifyReply {
  const { accessToken, refreshToken, expiresIn: expires_in, refreshExpiresIn: refresh_expires_in, scope, csrf } = tokens;
  reply.header('cache-control', 'no-store');
  if (csrf === null) {
    const refresh = refreshToken === undefined ? {} : { refresh_token: refreshToken, refresh_expires_in };
    return reply.send({ ...formatAccessToken(tokens), ...refresh });
  }
  setAccessCookies(reply, accessToken, csrf, refresh_expires_in);
  if (refreshToken !== undefined) setRefreshCookie(reply, refreshToken, refresh_expires_in);
  return reply.send({ expires_in, refresh_expires_in, csrf_token: csrf, scope });
}

export function formatAccessToken({ accessToken, expiresIn, scope }: IssuedAccessToken) {
  return { access_token: accessToken, token_type: 'Bearer', expires_in: expiresIn, scope } as const;
}
