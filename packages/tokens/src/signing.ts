import { createPrivateKey, generateKeyPair, type JsonWebKey, type KeyObject } from 'node:crypto';
import { promisify } from 'node:util';
import { createSigner } from 'fast-jwt';
import { RSA_MODULUS_BITS, type SigningAlg } from './algorithms.ts';
import { ACCESS_TOKEN_TYP, type AccessTokenClaims } from './claims.ts';
import type { PublicJwk } from './jwks.ts';

/** A key that signs. Only the auth service imports this entry point of the package; `npm run check` enforces that. */
export interface SigningKey {
  readonly kid: string;
  readonly alg: SigningAlg;
  /** PKCS #8, DER. */
  readonly privateKey: Buffer;
  readonly publicJwk: PublicJwk;
}

const generate = {
  EdDSA: () => promisify(generateKeyPair)('ed25519'),
  ES256: () => promisify(generateKeyPair)('ec', { namedCurve: 'P-256' }),
  RS256: () => promisify(generateKeyPair)('rsa', { modulusLength: RSA_MODULUS_BITS }),
} satisfies Record<SigningAlg, () => Promise<{ publicKey: KeyObject; privateKey: KeyObject }>>;

/** Makes a new key pair for `alg`; the public JWK carries this `kid`. */
export async function generateSigningKey(kid: string, alg: SigningAlg): Promise<SigningKey> {
  const { publicKey, privateKey } = await generate[alg]();
  const jwk: JsonWebKey = publicKey.export({ format: 'jwk' });
  return {
    kid,
    alg,
    privateKey: privateKey.export({ format: 'der', type: 'pkcs8' }),
    publicJwk: { ...jwk, kid, alg, use: 'sig' } as PublicJwk,
  };
}

/** Signs access tokens with one key. Build it once per key: it parses the key and fixes the header. */
export function createAccessTokenSigner(key: SigningKey): (claims: AccessTokenClaims) => string {
  const pem = createPrivateKey({ key: key.privateKey, format: 'der', type: 'pkcs8' }).export({ format: 'pem', type: 'pkcs8' });
  const sign = createSigner({
    key: pem,
    algorithm: key.alg,
    kid: key.kid,
    header: { typ: ACCESS_TOKEN_TYP, alg: key.alg },
  });
  return (claims) => sign({ ...claims });
}
