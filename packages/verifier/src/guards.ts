import { FRESH_SECONDS, Problem, type ProblemCode } from '@countersign/problems';
import { type AccessTokenClaims, formatScope, hasScope, parseScope } from '@countersign/tokens';
import type { FastifyReply, FastifyRequest, HookHandlerDoneFunction } from 'fastify';
import { isText } from './is-text.ts';
import { refuse } from './refuse.ts';

/** A route hook that states what it requires, so that the route's OpenAPI document can. */
export type Guard = Hook & Asked;

/** Fastify's own type names the app as `this`, and fits no app whose logger has a type of its own. */
type Hook = (request: FastifyRequest, reply: FastifyReply, done: HookHandlerDoneFunction) => void;

interface Asked {
  readonly refusals: readonly ProblemCode[];
  readonly scopes?: readonly string[];
}

/** Route hook: the token must have every one of these scopes. `{ onRequest: requireScope('books:read') }` */
export function requireScope(...scopes: readonly string[]): Guard {
  if (scopes.length === 0 || !scopes.every((name: unknown) => typeof name === 'string' && parseScope(name)?.length === 1))
    throw new Error(
      `requireScope takes each scope by itself, as in requireScope('books:read', 'books:write'): ${scopes.map(String).join(', ')}`,
    );
  return guard({ refusals: ['insufficient_scope'], scopes }, (claims) => judgeScopes(claims, scopes));
}

/** Route hook: the user must have this role. */
export function requireRole(role: string): Guard {
  if (!isText(role)) throw new Error(`requireRole takes the name of one role: ${String(role)}`);
  return guard({ refusals: ['insufficient_role'] }, (claims) => judgeRole(claims, role));
}

/** Route hook: the user must have proved the password within `maxAgeSeconds` (RFC 9470). */
export function requireFresh(maxAgeSeconds = FRESH_SECONDS): Guard {
  if (!(maxAgeSeconds > 0)) throw new Error(`requireFresh takes a number of seconds: ${String(maxAgeSeconds)}`);
  return guard({ refusals: ['reauthentication_required'] }, (claims) => judgeFreshness(claims, maxAgeSeconds));
}

/** The rule of `requireScope`. */
export function judgeScopes(claims: AccessTokenClaims, scopes: readonly string[]): Problem | null {
  if (scopes.every((wanted) => hasScope(claims, wanted))) return null;
  const scope = formatScope(scopes);
  return new Problem('insufficient_scope', { detail: `This needs the scope ${scope}.`, challenge: { scope } });
}

/** The rule of `requireRole`. */
export function judgeRole(claims: AccessTokenClaims, role: string): Problem | null {
  return claims.roles?.includes(role) ? null : new Problem('insufficient_role', { detail: `This needs the role ${role}.` });
}

/** The rule of `requireFresh`, for a route that asks for a fresh proof in some cases only. */
export function judgeFreshness({ auth_time: provedAt }: AccessTokenClaims, maxAgeSeconds = FRESH_SECONDS): Problem | null {
  if (provedAt !== undefined && Date.now() / 1000 - provedAt <= maxAgeSeconds) return null;
  return new Problem('reauthentication_required', { challenge: { max_age: maxAgeSeconds } });
}

/** On a public route no token has been looked for, so a guard there refuses. */
function guard(asked: Asked, judge: (claims: AccessTokenClaims) => Problem | null): Guard {
  const hook: Hook = (request, reply, done) => {
    const claims: AccessTokenClaims | null | undefined = request.user;
    if (claims === undefined) throw new Error('a guard needs the verifier, and the verifier isn’t registered in the scope of this route');
    const problem = claims === null ? new Problem('token_missing') : judge(claims);
    if (problem === null) done();
    else refuse(request, reply, problem);
  };
  return Object.assign(hook, asked);
}
