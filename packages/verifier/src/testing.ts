// The entry point `@countersign/verifier/testing`, for the tests of a service: an auth in the test's own memory.

import { generateKeyPairSync, randomBytes, sign } from 'node:crypto';
import { ACCESS_TOKEN_TYP, type AccessTokenClaims, DEFAULT_AUDIENCE, FIRST_PARTY_CLIENT_ID } from '@countersign/tokens';
import type { KeySource } from './keys/key-source.ts';
import { createVerificationKey } from './keys/verification-key.ts';
import type { RevocationView } from './revocation/revocation-view.ts';
import type { VerifierOptions } from './verifier.ts';

export interface AuthStandIn {
  /** Options that take the place of auth and Redis: `app.register(verifier, { ...auth.options, audience })`. */
  readonly options: Pick<VerifierOptions, 'issuer'> & { readonly keys: KeySource; readonly revocations: RevocationView };
  /**
   * A signed token of a user without scopes and roles, good for 15 minutes, for the audience `urn:countersign:api`. `claims` are added, or
   * replace those of the same name; `undefined` removes one.
   */
  token(claims?: { readonly [Name in keyof AccessTokenClaims]?: AccessTokenClaims[Name] | undefined }): string;
  /** From now on this token is refused, by its `jti`. */
  revoke(token: string): void;
  /** `true`: revocation status is unknown, as when Redis has not answered for too long. */
  setStale(isStale: boolean): void;
}

/** Stands in for auth: signs whatever a test asks for, with an Ed25519 key of its own. */
export function createAuthStandIn(issuer = 'https://auth.example.com'): AuthStandIn {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const header = encode({ alg: 'EdDSA', typ: ACCESS_TOKEN_TYP, kid: 'test' });
  const key = createVerificationKey({ ...publicKey.export({ format: 'jwk' }), kid: 'test', alg: 'EdDSA' }) ?? undefined;
  const revoked = new Set<unknown>();
  let isFresh = true;

  return {
    options: {
      issuer,
      keys: {
        notReady: () => null,
        find: (kid) => (kid === 'test' ? key : undefined),
        refresh: () => null,
        refreshNow: async () => {},
        close: () => {},
      },
      revocations: {
        isKidRevoked: () => false,
        isRevoked: ({ claims }) => revoked.has(claims.jti),
        isFresh: () => isFresh,
        notReady: () => null,
      },
    },
    token(claims) {
      const text = `${header}.${encode({ ...plainUser(issuer), ...claims })}`;
      return `${text}.${sign(null, Buffer.from(text), privateKey).toString('base64url')}`;
    },
    revoke(token) {
      const parts = token.split('.');
      if (parts[0] !== header || parts[1] === undefined) throw new Error('revoke takes a token of this stand-in, as token() returns it');
      revoked.add(JSON.parse(Buffer.from(parts[1], 'base64url').toString()).jti);
    },
    setStale(isStale) {
      isFresh = !isStale;
    },
  };
}

function plainUser(issuer: string): AccessTokenClaims {
  const now = Math.floor(Date.now() / 1000);
  return {
    iss: issuer,
    aud: DEFAULT_AUDIENCE,
    sub: 'user',
    client_id: FIRST_PARTY_CLIENT_ID,
    iat: now,
    exp: now + 900,
    jti: randomBytes(16).toString('base64url'),
    sid: 'session',
    auth_time: now,
  };
}

function encode(part: object): string {
  return Buffer.from(JSON.stringify(part)).toString('base64url');
}
