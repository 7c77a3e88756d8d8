import type { AccessTokenClaims } from '@countersign/tokens';

/** By claims object, which stays the same for as long as the verifier remembers the token. */
const remembered = new WeakMap<AccessTokenClaims, Readonly<Record<string, string>>>();

export function identityHeaders(claims: AccessTokenClaims): Readonly<Record<string, string>> {
  const known = remembered.get(claims);
  if (known !== undefined) return known;
  const headers = createHeaders(claims);
  remembered.set(claims, headers);
  return headers;
}

/** Sets every header each time: in place of a missing one a gateway could pass on the client's own. */
function createHeaders({ sub, client_id: client, scope = '', roles = [] }: AccessTokenClaims): Record<string, string> {
  return {
    'cache-control': 'no-store',
    'x-auth-subject': visible(sub),
    'x-auth-client': visible(client),
    'x-auth-scope': visible(scope),
    'x-auth-roles': roles.map(listable).join(','),
  };
}

/** Percent-encodes what a header can't hold; our own ids and scopes contain none of it. */
function visible(text: string): string {
  return text.replace(/[^\x20-\x7e]/gu, encode);
}

/** The same for an element of a comma-separated list. */
function listable(role: string): string {
  return role.replace(/[^\x21-\x24\x26-\x2b\x2d-\x7e]/gu, encode);
}

function encode(character: string): string {
  return encodeURIComponent(character.toWellFormed());
}
