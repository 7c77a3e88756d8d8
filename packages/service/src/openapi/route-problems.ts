import { PROBLEMS, type ProblemCode } from '@countersign/problems';
import { SAFE_METHODS } from '@countersign/tokens';
import type { RouteOptions } from 'fastify';

/** A refusal as a client sees it: one code may have two statuses. */
export interface RouteProblem {
  readonly code: ProblemCode;
  readonly status: number;
}

/** Every refusal that a route's declaration implies, in the order in which a request meets them. */
export function routeProblems(route: RouteOptions): RouteProblem[] {
  const { config = {}, schema = {} } = route;
  const isPublic = config.public === true;
  const codes: ProblemCode[] = [
    ...(isPublic ? [] : TOKEN_PROBLEMS),
    ...(isPublic || [route.method].flat().every((method) => SAFE_METHODS.includes(method)) ? [] : (['csrf_failed'] as const)),
    ...guardsOf(route).flatMap(({ refusals }) => refusals),
    ...('rateLimit' in config ? (['rate_limited'] as const) : []),
    ...(schema.querystring === undefined ? [] : (['validation_failed'] as const)),
    ...(schema.body === undefined ? [] : BODY_PROBLEMS),
    ...(schema.params === undefined ? [] : (['not_found'] as const)),
    ...(config.problems ?? []),
    'unavailable',
  ];
  return [...new Set(codes)].map((code) => ({ code, status: statusOf(code, isPublic) }));
}

export function routeScopes(route: RouteOptions): string[] {
  return guardsOf(route).flatMap(({ scopes = [] }) => scopes);
}

const TOKEN_PROBLEMS: readonly ProblemCode[] = [
  'token_missing',
  'token_malformed',
  'token_invalid',
  'token_expired',
  'token_revoked',
  'token_wrong_audience',
  'revocation_unavailable',
];

const BODY_PROBLEMS: readonly ProblemCode[] = ['validation_failed', 'payload_too_large', 'unsupported_media_type'];

/** For a caller who is signed in, a wrong password is 403, so that no client tries to refresh. */
function statusOf(code: ProblemCode, isPublic: boolean): number {
  return code === 'credentials_invalid' && !isPublic ? 403 : PROBLEMS[code].status;
}

/** A hook that states what it refuses, like the verifier's guards. */
interface Guard {
  readonly refusals: readonly ProblemCode[];
  readonly scopes?: readonly string[];
}

function guardsOf({ onRequest }: RouteOptions): Guard[] {
  return [onRequest ?? []].flat().filter((hook): hook is typeof hook & Guard => 'refusals' in hook);
}
