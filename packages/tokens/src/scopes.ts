const NAME = '[\\x21\\x23-\\x5b\\x5d-\\x7e]+';

/** One scope of RFC 6749, section 3.3, for a JSON Schema: printable ASCII without `"` and `\`. */
export const SCOPE_NAME_PATTERN = `^${NAME}$`;

/** A `scope` value for a JSON Schema: at least one scope, separated by single spaces. */
export const SCOPE_PATTERN = `^${NAME}( ${NAME})*$`;

const SCOPE = new RegExp(SCOPE_PATTERN);

/** The scopes in a `scope` string, each once, or `null` when it is malformed. The empty string holds none. */
export function parseScope(scope: string): string[] | null {
  if (scope === '') return [];
  return SCOPE.test(scope) ? [...new Set(scope.split(' '))] : null;
}

/** The `scope` string of these scopes, joined by single spaces. */
export function formatScope(scopes: readonly string[]): string {
  return scopes.join(' ');
}

/** Whether the token's `scope` claim holds this scope. */
export function hasScope(claims: { readonly scope?: string }, scope: string): boolean {
  return claims.scope !== undefined && ` ${claims.scope} `.includes(` ${scope} `);
}

/** Those of `asked` that are also `allowed`, in the order of `allowed`; all of `allowed` when nothing was asked for. */
export function narrowScopes(allowed: readonly string[], asked: readonly string[] | null): string[] {
  return asked === null ? [...allowed] : allowed.filter((scope) => asked.includes(scope));
}
