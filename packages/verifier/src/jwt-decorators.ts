import { Problem } from '@countersign/problems';
import { ACCESS_TOKEN_TYP, type AccessTokenClaims, parseCompactToken } from '@countersign/tokens';
import fastifyJwt, { type FastifyJWTOptions } from '@fastify/jwt';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { KeySource } from './keys/key-source.ts';
import { findPresentedToken, parseBearer } from './request/presented-token.ts';
import { parseClaims } from './token/claims.ts';
import type { Judgement } from './token/judge.ts';
import type { AccessTokenRules } from './token/verify-access-token.ts';

export interface JwtDecoratorOptions extends AccessTokenRules {
  readonly keys: KeySource;
  readonly judgeRequest: (request: FastifyRequest) => Judgement | Promise<Judgement>;
}

/**
 * Registers @fastify/jwt, which gives a request its `user`, `jwtDecode()` and `jwtVerify()`. A public route that wants to know its caller
 * calls `jwtVerify()`; a protected route doesn't need it, and each call verifies a signature.
 *
 * The key function returns a key only for a token that has passed every rule, revocation included, so `jwtVerify()` applies the same rules
 * with the same refusals. Its own options are spelled out anyway.
 */
export async function registerJwtDecorators(server: FastifyInstance, { keys, judgeRequest, ...rules }: JwtDecoratorOptions): Promise<void> {
  if (server.hasRequestDecorator('user') || server.hasDecorator('jwt'))
    throw new Error(
      'request.user or app.jwt already exists, from the verifier or from another plugin such as @fastify/jwt: register only one of them, once, in a scope',
    );
  const verify: FastifyJWTOptions['verify'] = {
    algorithms: [...rules.algorithms],
    allowedIss: rules.issuer,
    ...(rules.audience !== null && { allowedAud: [...rules.audience] }),
    requiredClaims: ['iss', 'aud', 'sub', 'client_id', 'iat', 'exp', 'jti'],
    checkTyp: ACCESS_TOKEN_TYP,
    clockTolerance: rules.clockToleranceSeconds * 1000,
    cache: false,
    extractToken: extractWellFormedToken,
  };
  await server.register(fastifyJwt, {
    secret: { public: async (request: FastifyRequest) => getJudgedKey(request) },
    verify,
    formatUser: (payload) => parseClaims(payload as Record<string, unknown>) as AccessTokenClaims,
  });

  async function getJudgedKey(request: FastifyRequest): Promise<string> {
    // `app.jwt.verify()` gets here without a request, so nothing says whether the token came from a cookie.
    if (request.raw === undefined)
      throw new Error('app.jwt.verify() is not supported: call request.jwtVerify(), which applies all the rules');
    const { kid } = orThrow(await judgeRequest(request));
    return keys.find(kid)?.pem ?? '';
  }
}

/** Before it calls the key function, @fastify/jwt decodes the token, and its errors for a malformed one differ from ours. */
function extractWellFormedToken(request: FastifyRequest): string {
  const { from, text } = orThrow(findPresentedToken(request.raw));
  const token = from === 'header' ? orThrow(parseBearer(text)) : text;
  if (parseCompactToken(token) === null) throw new Problem('token_malformed');
  return token;
}

function orThrow<Value>(value: Value | Problem): Value {
  if (value instanceof Problem) throw value;
  return value;
}
