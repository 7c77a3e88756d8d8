import { FRESH_SECONDS, Problem, type ProblemCode } from '@countersign/problems';
import { type AccessTokenClaims, hasScope } from '@countersign/tokens';
import type { onRequestHookHandler } from 'fastify';
import { refuse } from './refuse.ts';

/** A route hook that tells what it asks for, so that the document of its route does. */
export interface Guard extends onRequestHookHandler {
  readonly refusals: readonly ProblemCode[];
  readonly scopes?: readonly string[];
}

/** Route hook: the token must have every one of these scopes. `{ onRequest: requireScope('books:read') }` */
export function requireScope(...scopes: readonly string[]): Guard {
  const scope = scopes.join(' ');
  const hook = guard((claims) =>
    scopes.every((wanted) => hasScope(claims, wanted))
      ? null
      : new Problem('insufficient_scope', { detail: `This needs the scope ${scope}.`, challenge: { scope } }),
  );
  return Object.assign(hook, { refusals: ['insufficient_scope'] as const, scopes });
}

/** Route hook: the user must have this role. */
export function requireRole(role: string): Guard {
  const hook = guard((claims) =>
    claims.roles?.includes(role) ? null : new Problem('insufficient_role', { detail: `This needs the role ${role}.` }),
  );
  return Object.assign(hook, { refusals: ['insufficient_role'] as const });
}

/** Route hook: the user must have proved the password within `maxAgeSeconds` (RFC 9470). */
export function requireFresh(maxAgeSeconds = FRESH_SECONDS): Guard {
  const hook = guard(({ auth_time: provedAt }) =>
    provedAt !== undefined && Date.now() / 1000 - provedAt <= maxAgeSeconds
      ? null
      : new Problem('reauthentication_required', { challenge: { max_age: maxAgeSeconds } }),
  );
  return Object.assign(hook, { refusals: ['reauthentication_required'] as const });
}

/** On a public route nobody has looked for a token, so a guard there refuses. */
function guard(judge: (claims: AccessTokenClaims) => Problem | null): onRequestHookHandler {
  return (request, reply, done) => {
    const claims: AccessTokenClaims | null = request.user;
    const problem = claims === null ? new Problem('token_missing') : judge(claims);
    if (problem === null) done();
    else refuse(request, reply, problem);
  };
}
