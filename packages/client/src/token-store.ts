/** The tokens of a sign-in. The holder of the refresh token holds the session. */
export interface UserTokens {
  readonly accessToken: string;
  readonly refreshToken: string;
}

/** Where tokens are kept between requests: in memory, a keychain, or a file that only the user can read. Processes may share one. */
export interface TokenStore {
  /** What was saved last; `null` when there is nothing. */
  load(): Promise<UserTokens | null> | UserTokens | null;
  /** Keeps the tokens; `null` forgets them: the user has signed out, or the session is over. */
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
