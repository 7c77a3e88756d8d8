/** What a sign-in gave. Whoever holds the refresh token holds the session. */
export interface UserTokens {
  readonly accessToken: string;
  readonly refreshToken: string;
}

/** Where tokens are kept between requests: in memory, a keychain, a file that only the user reads. */
export interface TokenStore {
  load(): Promise<UserTokens | null> | UserTokens | null;
  /** `null`: signed out, forget them. */
  save(tokens: UserTokens | null): Promise<void> | void;
}

export function memoryTokenStore(): TokenStore {
  let kept: UserTokens | null = null;
  return {
    load: () => kept,
    save: (tokens) => {
      kept = tokens;
    },
  };
}
