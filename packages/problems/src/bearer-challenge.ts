import { FRESH_SECONDS } from './fresh.ts';
import type { Problem } from './problem.ts';

/**
 * The `WWW-Authenticate` value of a refusal (RFC 6750, section 3; RFC 9470 for a sign-in that is too old), or `null`
 * where none belongs. Every 401 has one, and a 403 for a scope or a role.
 */
export function bearerChallenge(problem: Pick<Problem, 'code' | 'statusCode' | 'detail'>): string | null {
  switch (problem.code) {
    case 'insufficient_scope':
    case 'insufficient_role':
      return challenge('insufficient_scope', problem);
    case 'reauthentication_required':
      return `${challenge('insufficient_user_authentication', problem)}, max_age=${FRESH_SECONDS}`;
    case 'token_malformed':
    case 'token_invalid':
    case 'token_expired':
    case 'token_revoked':
    case 'token_wrong_audience':
      return challenge('invalid_token', problem);
    default:
      return problem.statusCode === 401 ? 'Bearer realm="countersign"' : null;
  }
}

function challenge(error: string, problem: Pick<Problem, 'detail'>): string {
  const description = problem.detail === undefined ? '' : `, error_description="${quotable(problem.detail)}"`;
  return `Bearer realm="countersign", error="${error}"${description}`;
}

/** RFC 6750 allows neither quotes, backslashes nor anything beyond printable ASCII in these values. */
function quotable(text: string): string {
  return text.replace(/[^\x20-\x21\x23-\x5b\x5d-\x7e]/g, '');
}
