import { randomBytes } from 'node:crypto';
import { fileURLToPath } from 'node:url';

export const AUTH_MAIN = fileURLToPath(new URL('../services/auth/src/main.ts', import.meta.url));
export const BOOKS_MAIN = fileURLToPath(new URL('../services/books/src/main.ts', import.meta.url));

/** The first administrator of an auth that is started with `ADMIN_ENV`. */
export const ADMIN = { username: 'root', password: 'an administrators password' };
export const ADMIN_ENV = { ADMIN_USERNAME: ADMIN.username, ADMIN_PASSWORD: ADMIN.password };

/** A value for one of auth's two secrets. */
export function newSecret(): string {
  return randomBytes(32).toString('base64');
}
