import { FRESH_SECONDS } from './fresh.ts';
import type { Problem } from './problem.ts';

/**
 * The `WWW-Authenticate` value of a refusal (RFC 6750, section 3; RFC 9470 for a sign-in that is too old), or `null`
 * where none belongs. Every 401 has one, and a 403 for a scope or a role.
 */
export function bearerChallenge(problem: Pick<Problem, 'code' | 'statusCode' | 'detail' | 'challenge'>): string | null {
  switch (problem.code) {
    case 'insufficient_scope':
    case 'insufficient_role':
      return challenge('insufficient_scope', problem, problem.challenge);
    case 'reauthentication_required':
      return challenge('insufficient_user_authentication', problem, { max_age: FRESH_SECONDS, ...problem.challenge });
    case 'token_malformed':
    case 'token_invalid':
    case 'token_expired':
    case 'token_revoked':
    case 'token_wrong_audience':
      return challenge('invalid_token', problem, problem.challenge);
    default:
      return problem.statusCode === 401 ? `Bearer realm="countersign"${parameters(problem.challenge)}` : null;
  }
}

function challenge(error: string, { detail }: Pick<Problem, 'detail'>, own: Problem['challenge']): string {
  const description: Problem['challenge'] = detail === undefined ? {} : { error_description: detail };
  return `Bearer realm="countersign"${parameters({ error, ...description, ...own })}`;
}

function parameters(values: Problem['challenge']): string {
  return Object.entries(values)
    .map(([name, value]) => `, ${name}=${typeof value === 'number' ? value : `"${quotable(value)}"`}`)
    .join('');
}

/**
 * Removes what RFC 6749, section 5.2, and RFC 6750, section 3, don't allow in a description: quotes, backslashes, all but printable ASCII.
 */
export function quotable(text: string): string {
  return text.replace(/[^\x20-\x21\x23-\x5b\x5d-\x7e]/g, '');
}
