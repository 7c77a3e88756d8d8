import type { FirstParty } from './resource.ts';

export interface AccessTokenTerms extends FirstParty {
  readonly audience: readonly string[];
  readonly ttlSeconds: number;
}

export interface IssuedAccessToken {
  readonly accessToken: string;
  /** In seconds. */
  readonly expiresIn: number;
  readonly scope: string;
}
