/** The result of a sign-in. The holder of the refresh token holds the session. */
export interface UserTokens {
  readonly accessToken: string;
  readonly refreshToken: string;
}

/** Where tokens are kept between requests: in memory, a keychain, or a file that only the user can read. */
export interface TokenStore {
  load(): Promise<UserTokens | null> | UserTokens | null;
  /** `null`: signed out, so forget them. */
  save(tokens: UserTokens | null): Promise<void> | void;
}

/** Keeps the tokens in this process, so that a sign-in ends with it. */
export function memoryTokenStore(): TokenStore {
  let kept: UserTokens | null = null;
  return {
    load: () => kept,
    save: (tokens) => {
      kept = tokens;
    },
  };
}
