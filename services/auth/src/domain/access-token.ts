import type { FirstParty } from './resource.ts';

/** What the access tokens of this service have in common. */
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
