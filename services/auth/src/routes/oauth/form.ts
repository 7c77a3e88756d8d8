import type { Server } from '@countersign/service';
import { OAuthError } from '../../domain/oauth-error.ts';

/** Parameters that may be repeated (RFC 8707, RFC 8693); repeating any other is an error (RFC 6749, section 3.2). */
const REPEATABLE: readonly string[] = ['resource', 'audience'];

export type OAuthForm = Readonly<Record<string, string | readonly string[]>>;

/** Accepts `application/x-www-form-urlencoded` bodies and no others, in the scope that it is called in. */
export function parseOAuthForms(server: Server): void {
  server.removeAllContentTypeParsers();
  server.addContentTypeParser('application/x-www-form-urlencoded', { parseAs: 'string' }, async (_request: unknown, body: string) =>
    parseOAuthForm(body),
  );
}

/** @throws OAuthError `invalid_request` */
export function parseOAuthForm(body: string): OAuthForm {
  const form: Record<string, string | string[]> = Object.create(null);
  for (const [name, value] of new URLSearchParams(body)) {
    // A parameter without a value counts as omitted (RFC 6749, section 3.2).
    if (value === '') continue;
    const before = form[name];
    if (Array.isArray(before)) before.push(value);
    else if (before === undefined) form[name] = REPEATABLE.includes(name) ? [value] : value;
    else throw new OAuthError('invalid_request', 'A parameter was sent twice.');
  }
  return form;
}
