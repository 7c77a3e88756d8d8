import { createPrivateKey, randomBytes, sign as signBytes } from 'node:crypto';
import {
  ACCESS_TOKEN_TYP,
  type AccessTokenClaims,
  DEFAULT_AUDIENCE,
  FIRST_PARTY_CLIENT_ID,
  type Jwks,
  type SigningAlg,
} from '@countersign/tokens';
import { generateSigningKey, type SigningKey } from '@countersign/tokens/signing';

/** Any JSON object: forged headers and payloads contain what no type would allow. */
type Json = Readonly<Record<string, unknown>>;

export interface TestIssuerOptions {
  readonly issuer?: string;
  readonly alg?: SigningAlg;
}

export interface TestIssuer {
  readonly issuer: string;
  key(): SigningKey;
  /** All keys so far, the newest first, as published. */
  jwks(): Jwks;
  /** The claims of a token that is valid for 15 minutes; `changes` replaces some, and `undefined` removes one. */
  claims(changes?: Json): AccessTokenClaims;
  /** A token signed with the current key. Header and claims can be any JSON; the signature always matches them. */
  sign(claims?: Json, header?: Json): string;
  /**
   * A token of these parts: text and bytes as they are, others as JSON. Without `signature` the current key signs; `''` leaves it empty.
   */
  compact(header: unknown, payload: unknown, signature?: string | Buffer): string;
  /** Creates a new key, which signs from now on; earlier keys stay published. */
  rotate(alg?: SigningAlg): Promise<SigningKey>;
}

/** Stands in for the auth service where only its keys and tokens matter. */
export async function testIssuer({ issuer = 'http://localhost:8080', alg = 'EdDSA' }: TestIssuerOptions = {}): Promise<TestIssuer> {
  const keys = [await generateSigningKey(randomId(8), alg)] as [SigningKey, ...SigningKey[]];
  const key = () => keys[0];

  const compact: TestIssuer['compact'] = (header, payload, signature) => {
    const signed = `${encode(header)}.${encode(payload)}`;
    const bytes = signature ?? signWith(key(), signed);
    return `${signed}.${typeof bytes === 'string' ? bytes : bytes.toString('base64url')}`;
  };

  const claims: TestIssuer['claims'] = (changes = {}) => {
    const now = Math.floor(Date.now() / 1000);
    return withChanges(
      {
        iss: issuer,
        aud: DEFAULT_AUDIENCE,
        sub: randomId(22),
        client_id: FIRST_PARTY_CLIENT_ID,
        iat: now,
        exp: now + 900,
        jti: randomId(22),
        sid: randomId(22),
        scope: 'books:read books:write',
        roles: ['member'],
        auth_time: now,
      },
      changes,
    );
  };

  return {
    issuer,
    key,
    jwks: () => ({ keys: keys.map(({ publicJwk }) => publicJwk) }),
    claims,
    sign: (changes, header = {}) =>
      compact(withChanges({ alg: key().alg, typ: ACCESS_TOKEN_TYP, kid: key().kid }, header), claims(changes)),
    compact,
    async rotate(next = alg) {
      const made = await generateSigningKey(randomId(8), next);
      keys.unshift(made);
      return made;
    },
  };
}

/** JWS signatures (RFC 7518, section 3; RFC 8037): ECDSA is r ‖ s, and Ed25519 takes no digest. */
function signWith({ alg, privateKey }: SigningKey, text: string): Buffer {
  const key = createPrivateKey({ key: privateKey, format: 'der', type: 'pkcs8' });
  const digest = alg === 'EdDSA' ? null : 'sha256';
  return signBytes(digest, Buffer.from(text), { key, dsaEncoding: 'ieee-p1363' });
}

function encode(part: unknown): string {
  if (Buffer.isBuffer(part)) return part.toString('base64url');
  return Buffer.from(typeof part === 'string' ? part : JSON.stringify(part)).toString('base64url');
}

function withChanges<Value extends object>(value: Value, changes: Json): Value {
  const entries = Object.entries({ ...value, ...changes });
  return Object.fromEntries(entries.filter(([, entry]) => entry !== undefined)) as Value;
}

/** Letters and digits, like the ids that the auth service generates. */
function randomId(length: number): string {
  return randomBytes(length * 2)
    .toString('base64')
    .replace(/[^A-Za-z0-9]/g, '')
    .slice(0, length);
}
