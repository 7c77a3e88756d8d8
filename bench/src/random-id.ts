import { randomBytes } from 'node:crypto';

/** As long as the ids of the auth service. */
export function randomId(): string {
  return randomBytes(16).toString('base64url');
}
