import type { SignIn } from './stack.ts';

export interface TutorialClient {
  /** `GET` with the access token; when that has expired, once more after a refresh. */
  get(path: string): Promise<Response>;
  /** How often it has refreshed. */
  refreshes(): number;
}

/**
 * A client as tutorials write it: signs in with JSON, sends the access token, and refreshes with the refresh token as
 * Bearer when a 401 says that the access token has expired.
 */
export async function signIn(
  origin: string,
  user: SignIn,
  { keepsFirstRefreshToken }: { keepsFirstRefreshToken: boolean },
): Promise<TutorialClient> {
  const login = await fetch(`${origin}/login`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ username: user.username, password: user.password }),
  });
  if (!login.ok) throw new Error(`login: ${login.status} ${await login.text()}`);
  let { access_token, refresh_token } = (await login.json()) as { access_token: string; refresh_token: string };
  let refreshed = 0;

  async function refresh() {
    const answer = await fetch(`${origin}/refresh`, { method: 'POST', headers: { Authorization: `Bearer ${refresh_token}` } });
    if (!answer.ok) throw new Error(`refresh: ${answer.status} ${await answer.text()}`);
    const tokens = (await answer.json()) as { access_token: string; refresh_token?: string };
    access_token = tokens.access_token;
    if (!keepsFirstRefreshToken && tokens.refresh_token !== undefined) refresh_token = tokens.refresh_token;
    refreshed += 1;
  }

  const send = (path: string) => fetch(`${origin}${path}`, { headers: { Authorization: `Bearer ${access_token}` } });

  return {
    async get(path) {
      const answer = await send(path);
      if (answer.status !== 401) return answer;
      const { code } = (await answer.json()) as { code: string };
      if (code !== 'token_expired') throw new Error(`not refreshed on ${code}`);
      await refresh();
      return await send(path);
    },
    refreshes: () => refreshed,
  };
}
