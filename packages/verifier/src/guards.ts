import { FRESH_SECONDS, Problem, type ProblemCode } from '@countersign/problems';
import { type AccessTokenClaims, formatScope, hasScope, parseScope } from '@countersign/tokens';
import type { HookHandlerDoneFunction } from 'fastify';
import { isText } from './is-text.ts';
import { type AnyReply, type AnyRequest, refuse } from './refuse.ts';

/** A route hook that states what it requires, so that the route's OpenAPI document can show it. */
export type Guard = Hook & Asked;

/** Unlike Fastify's own type, this doesn't name the app as `this`, which would fit no app whose logger has a type of its own. */
type Hook = (request: AnyRequest, reply: AnyReply, done: HookHandlerDoneFunction) => void;

interface Asked {
  readonly refusals: readonly ProblemCode[];
  readonly scopes?: readonly string[];
}

/**
 * Route hook: the token must have every one of these scopes; otherwise 403 `insufficient_scope`, with a challenge that names them all (RFC
 * 6750, section 3). `{ onRequest: requireScope('books:read') }`
 *
 * @throws Error when no scope is given, or one that isn't a single scope
 */
export function requireScope(...scopes: readonly string[]): Guard {
  if (scopes.length === 0 || !scopes.every((name: unknown) => typeof name === 'string' && parseScope(name)?.length === 1))
    throw new Error(
      `requireScope takes each scope as an argument of its own, as in requireScope('books:read', 'books:write'), but got: ${scopes.map(String).join(', ')}`,
    );
  return guard({ refusals: ['insufficient_scope'], scopes }, (claims) => judgeScopes(claims, scopes));
}

/**
 * Route hook: the user must have this role; otherwise 403 `insufficient_role`.
 *
 * @throws Error when it isn't the name of one role
 */
export function requireRole(role: string, ...others: readonly never[]): Guard {
  if (!isText(role) || others.length > 0)
    throw new Error(`requireRole takes the name of one role, but got: ${[role, ...others].map(String).join(', ')}`);
  return guard({ refusals: ['insufficient_role'] }, (claims) => judgeRole(claims, role));
}

/**
 * Route hook: the user must have proved the password within `maxAgeSeconds`, 300 when left out; otherwise 401 `reauthentication_required`,
 * with `max_age` in its challenge (RFC 9470).
 *
 * @throws Error when `maxAgeSeconds` isn't above 0
 */
export function requireFresh(maxAgeSeconds = FRESH_SECONDS): Guard {
  if (!(maxAgeSeconds > 0)) throw new Error(`requireFresh takes a number of seconds above 0, but got: ${String(maxAgeSeconds)}`);
  return guard({ refusals: ['reauthentication_required'] }, (claims) => judgeFreshness(claims, maxAgeSeconds));
}

export function judgeScopes(claims: AccessTokenClaims, scopes: readonly string[]): Problem | null {
  if (scopes.every((wanted) => hasScope(claims, wanted))) return null;
  const scope = formatScope(scopes);
  return new Problem('insufficient_scope', { detail: `This needs the scope ${scope}.`, challenge: { scope } });
}

export function judgeRole(claims: AccessTokenClaims, role: string): Problem | null {
  return claims.roles?.includes(role) ? null : new Problem('insufficient_role', { detail: `This needs the role ${role}.` });
}

/**
 * The rule of {@link requireFresh}, for a route that asks for a fresh proof in some cases only: `null`, or the refusal to send.
 *
 * @param claims - `null`, as on a public route: nobody has proved anything
 */
export function judgeFreshness(claims: AccessTokenClaims | null, maxAgeSeconds = FRESH_SECONDS): Problem | null {
  if (claims === null) return new Problem('token_missing');
  const { auth_time: provedAt } = claims;
  if (provedAt !== undefined && Date.now() / 1000 - provedAt <= maxAgeSeconds) return null;
  return new Problem('reauthentication_required', { challenge: { max_age: maxAgeSeconds } });
}

/** On a public route nothing has looked for a token, so a guard there refuses. */
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
