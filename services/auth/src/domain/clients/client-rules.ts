import { fieldFault, type Problem } from '@countersign/problems';
import { canonicalAudience, type FirstParty } from '../resource.ts';
import type { Client } from './client.ts';
import type { ClientFields } from './client-directory.ts';
import { parseClientKey } from './client-jwks.ts';

type Jwk = Readonly<Record<string, unknown>>;

/** Private members of a JWK (RFC 7518, section 6). */
const PRIVATE_MEMBERS = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k'];
/** The members of a key that are stored, all of them text. RFC 7517, section 4, says to ignore others. */
const KEPT_MEMBERS = ['kty', 'crv', 'x', 'y', 'n', 'e', 'kid', 'alg', 'use'];

/**
 * Validates a client as an administrator describes it. Keeps only the stored members of its keys, and one spelling of each audience.
 *
 * @throws Problem `validation_failed` that names what is wrong
 */
export function parseClientFields({ jwks, ...fields }: ClientFields, firstParty: FirstParty): ClientFields {
  const { authMethod, audiences } = fields;
  if (!audiences.every(isUri)) throw fault('audiences', 'must be absolute URIs without a fragment, such as urn:countersign:books');
  if (authMethod === 'client_secret' && jwks !== null) throw fault('jwks', 'is only for private_key_jwt');
  if (authMethod === 'private_key_jwt' && jwks === null) throw fault('jwks', 'is required for private_key_jwt');
  const canonical = new Set(audiences.map((audience) => canonicalAudience(audience, firstParty)));
  return { ...fields, audiences: [...canonical], jwks: jwks && { keys: jwks.keys.map(parseKey) } };
}

/** Whether the client may now do less, or has lost a key or its auth method. If so, its existing tokens must end. */
export function isNarrower(next: ClientFields, before: ClientFields): boolean {
  const isLost = (name: 'scopes' | 'audiences') => before[name].some((value) => !next[name].includes(value));
  return isLost('scopes') || isLost('audiences') || next.authMethod !== before.authMethod || hasLostKey(next.jwks, before.jwks);
}

function hasLostKey(next: Client['jwks'], before: Client['jwks']): boolean {
  const kept = new Set(next?.keys.map(materialOf));
  return (before?.keys ?? []).some((key) => !kept.has(materialOf(key)));
}

function materialOf(key: unknown): string {
  const { kty, crv, x, y, n, e } = key as Jwk;
  return JSON.stringify([kty, crv, x, y, n, e]);
}

function parseKey(key: unknown, index: number): Jwk {
  const path = `jwks/keys/${index}`;
  const jwk = { ...(key as Jwk) };
  if (PRIVATE_MEMBERS.some((name) => name in jwk)) {
    throw fault(path, 'holds a private key, which counts as compromised once sent: create a new key pair and register only its public key');
  }
  if (parseClientKey(jwk) === null)
    throw fault(
      path,
      'must be a public key for signatures: Ed25519, P-256, or RSA of 3072 to 8192 bits with an odd exponent of 65537 to 4294967295',
    );
  return Object.fromEntries(KEPT_MEMBERS.filter((name) => typeof jwk[name] === 'string').map((name) => [name, jwk[name]]));
}

/** RFC 8707, section 2: absolute, without a fragment, in the characters of RFC 3986, section 2, all of them ASCII. */
function isUri(text: string): boolean {
  return /^[a-z][a-z0-9+.-]*:(?:[\w.~:/?[\]@!$&'()*+,;=-]|%[0-9a-f]{2})+$/i.test(text) && URL.canParse(text);
}

function fault(field: string, message: string): Problem {
  return fieldFault(`body/${field}`, message);
}
