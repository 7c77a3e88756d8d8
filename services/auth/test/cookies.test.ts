import { ACCESS_COOKIE, CSRF_COOKIE, REFRESH_COOKIE } from '@countersign/tokens';
import type { LightMyRequestResponse } from 'fastify';
import t from 'tap';
import { testAuth } from './test-auth.ts';

const { app } = await testAuth(t, { CORS_ORIGINS: 'http://app.localhost' });

const credentials = { username: 'browser', password: 'a long enough password' };
await app.inject({ method: 'POST', url: '/register', payload: credentials });

interface CookieTokens {
  readonly access: string;
  readonly refresh: string;
  readonly csrf: string;
  readonly answer: LightMyRequestResponse;
}

async function signIn(): Promise<CookieTokens> {
  return read(await app.inject({ method: 'POST', url: '/login', payload: { ...credentials, delivery: 'cookie' } }));
}

function read(answer: LightMyRequestResponse): CookieTokens {
  const value = (name: string) => answer.cookies.find((cookie) => cookie.name === name)?.value ?? '';
  return { access: value(ACCESS_COOKIE), refresh: value(REFRESH_COOKIE), csrf: value(CSRF_COOKIE), answer };
}

const accessCookie = ({ access }: CookieTokens) => `${ACCESS_COOKIE}=${access}`;
const refreshCookie = ({ refresh }: CookieTokens) => `${REFRESH_COOKIE}=${refresh}`;
const post = (url: string, headers: Record<string, string>, payload?: object) =>
  app.inject({ method: 'POST', url, headers, ...(payload && { payload }) });

t.test('ASVS 3.3.1, 3.3.2, 3.3.3, 3.3.4, 3.3.5, 4.2.5, 10.1.1: cookies hold the tokens, and the body holds none', async (t) => {
  const { answer, access, refresh, csrf } = await signIn();
  t.equal(answer.statusCode, 200, answer.body);
  t.strictSame(Object.keys(answer.json()).toSorted(), ['csrf_token', 'expires_in', 'refresh_expires_in', 'scope']);
  t.equal(answer.json().csrf_token, csrf);
  t.equal(answer.headers['cache-control'], 'no-store');
  t.notOk(answer.body.includes(access));
  t.notOk(answer.body.includes(refresh));
  const maxAge = answer.json().refresh_expires_in;
  const common = { secure: true, sameSite: 'Strict', maxAge };
  t.match(answer.cookies, [
    { name: ACCESS_COOKIE, path: '/', httpOnly: true, ...common },
    { name: CSRF_COOKIE, path: '/', httpOnly: undefined, ...common },
    { name: REFRESH_COOKIE, path: '/refresh', httpOnly: true, ...common },
  ]);
  for (const line of [answer.headers['set-cookie']].flat()) t.ok(String(line).length <= 4096);
});

t.test('a safe method needs the cookie alone; the same token is good as Bearer', async (t) => {
  const tokens = await signIn();
  t.equal((await app.inject({ url: '/me', headers: { cookie: accessCookie(tokens) } })).statusCode, 200);
  t.equal((await app.inject({ url: '/me', headers: { authorization: `Bearer ${tokens.access}` } })).statusCode, 200);
});

t.test('ASVS 3.5.1: /refresh by cookie needs the csrf value, answers in cookies, and keeps the value', async (t) => {
  const first = await signIn();
  const cookie = refreshCookie(first);
  const refused: Record<string, string>[] = [
    { cookie },
    { cookie, 'x-csrf-token': 'wrong' },
    { cookie, 'x-csrf-token': first.csrf, 'sec-fetch-site': 'cross-site' },
    { cookie, 'x-csrf-token': first.csrf, 'sec-fetch-site': 'same-site' },
    { cookie, 'x-csrf-token': first.csrf, 'sec-fetch-site': 'same-site', origin: 'http://evil.localhost' },
  ];
  for (const headers of refused) t.match((await post('/refresh', headers)).json(), { status: 403, code: 'csrf_failed' });
  const good = read(await post('/refresh', { cookie, 'x-csrf-token': first.csrf, 'sec-fetch-site': 'same-origin' }));
  t.equal(good.answer.statusCode, 200, good.answer.body);
  t.notOk('access_token' in good.answer.json());
  t.equal(good.csrf, first.csrf);
  t.not(good.refresh, first.refresh);
  const allowed = { 'x-csrf-token': first.csrf, 'sec-fetch-site': 'same-site', origin: 'http://app.localhost' };
  t.equal((await post('/refresh', { cookie: refreshCookie(good), ...allowed })).statusCode, 200, 'an origin of CORS_ORIGINS');
});

t.test('ASVS 9.2.2: a token that was delivered in a body is never accepted from a cookie', async (t) => {
  const { access_token, refresh_token } = (await app.inject({ method: 'POST', url: '/login', payload: credentials })).json();
  const me = (headers: Record<string, string>) => app.inject({ url: '/me', headers });
  t.match((await me({ cookie: `${ACCESS_COOKIE}=${access_token}` })).json(), { status: 401, code: 'token_invalid' });
  t.equal((await me({ authorization: `Bearer ${access_token}` })).statusCode, 200);
  const { csrf } = await signIn();
  for (const headers of [{}, { 'x-csrf-token': csrf }]) {
    const answer = await post('/refresh', { cookie: `${REFRESH_COOKIE}=${refresh_token}`, ...headers });
    t.match(answer.json(), { status: 401, code: 'token_invalid' });
  }
  t.match((await post('/logout', { cookie: `${ACCESS_COOKIE}=${access_token}` })).json(), { status: 401, code: 'token_invalid' });
  t.equal((await post('/refresh', { authorization: `Bearer ${refresh_token}` })).statusCode, 200, 'and nothing of this has used it up');
});

t.test('ASVS 7.2.2, 7.2.4: a browser that signs in again gets a new session, and the one that its cookie named ends', async (t) => {
  const [former, elsewhere] = [await signIn(), await signIn()];
  const again = (cookie: string) =>
    app.inject({ method: 'POST', url: '/login', payload: { ...credentials, delivery: 'cookie' }, headers: { cookie } });
  const next = read(await again(accessCookie(former)));
  t.not(next.access, former.access);
  const me = async (cookie: string) => (await app.inject({ url: '/me', headers: { cookie } })).statusCode;
  t.strictSame([await me(accessCookie(former)), await me(accessCookie(next)), await me(accessCookie(elsewhere))], [401, 200, 200]);
  for (const cookie of [`${ACCESS_COOKIE}=nonsense`, `${accessCookie(next)}; ${accessCookie(next)}`])
    t.equal((await again(cookie)).statusCode, 200, 'a cookie that is no token, or there twice, is in nobody’s way');
  await app.inject({
    method: 'POST',
    url: '/login',
    payload: { ...credentials, password: 'not this one', delivery: 'cookie' },
    headers: { cookie: accessCookie(next) },
  });
  t.equal(await me(accessCookie(next)), 200, 'a failed sign-in ends nothing');
  const inBody = await app.inject({ method: 'POST', url: '/login', payload: credentials, headers: { cookie: accessCookie(next) } });
  t.equal(inBody.statusCode, 200);
  t.equal(await me(accessCookie(next)), 200, 'nor does one whose answer leaves the cookie where it is');
});

t.test('two cookies of one name are refused', async (t) => {
  const tokens = await signIn();
  const twice = (pair: string) => `${pair}; ${pair}`;
  const headers = { 'x-csrf-token': tokens.csrf };
  t.equal((await app.inject({ url: '/me', headers: { cookie: twice(accessCookie(tokens)) } })).statusCode, 401);
  t.equal((await post('/refresh', { cookie: twice(refreshCookie(tokens)), ...headers })).statusCode, 401);
  t.equal((await post('/logout', { cookie: twice(accessCookie(tokens)), ...headers })).statusCode, 401);
  t.equal((await post('/refresh', { cookie: refreshCookie(tokens), ...headers })).statusCode, 200);
});

t.test('a cookie whose name only looks like ours, which another host of the site can set, is none', async (t) => {
  const [own, planted] = [await signIn(), await signIn()];
  const lookalike = (pair: string) => `\u00a0${pair}`;
  const refreshed = await post('/refresh', { cookie: lookalike(refreshCookie(planted)), 'x-csrf-token': planted.csrf });
  t.match(refreshed.json(), { status: 401, code: 'token_missing' });
  const cookie = `${accessCookie(own)}; ${lookalike(accessCookie(planted))}`;
  t.equal((await app.inject({ url: '/me', headers: { cookie } })).statusCode, 200, 'and keeps nobody out');
  t.equal((await post('/logout', { cookie, 'x-csrf-token': own.csrf })).statusCode, 204);
  t.equal((await app.inject({ url: '/me', headers: { cookie: accessCookie(planted) } })).statusCode, 200);
});

t.test('a request with a header and a cookie is judged by the header alone', async (t) => {
  const tokens = await signIn();
  const { access_token } = (await app.inject({ method: 'POST', url: '/login', payload: credentials })).json();
  const me = (authorization: string, cookie: string) => app.inject({ url: '/me', headers: { authorization, cookie } });
  t.equal((await me('Bearer nonsense', accessCookie(tokens))).statusCode, 401);
  t.equal((await me(`Bearer ${access_token}`, `${ACCESS_COOKIE}=nonsense`)).statusCode, 200);
  t.equal(
    (await post('/logout', { authorization: `Bearer ${access_token}`, cookie: accessCookie(tokens) })).statusCode,
    204,
    'no csrf is asked for',
  );
  t.equal(
    (await app.inject({ url: '/me', headers: { cookie: accessCookie(tokens) } })).statusCode,
    200,
    'and the cookie’s session goes on',
  );
});

t.test('ASVS 7.4.1, 14.3.1: logout by cookie needs the csrf value, clears the cookies, and the old ones are refused', async (t) => {
  const tokens = await signIn();
  const cookie = accessCookie(tokens);
  const refused = await post('/logout', { cookie });
  t.match(refused.json(), { status: 403, code: 'csrf_failed' });
  t.strictSame(refused.cookies, [], 'who goes on being signed in keeps the cookies');
  const answer = await post('/logout', { cookie, 'x-csrf-token': tokens.csrf });
  t.equal(answer.statusCode, 204, answer.body);
  t.equal(answer.headers['clear-site-data'], '"storage"');
  t.strictSame(
    answer.cookies.map(({ name, maxAge, value }) => `${name} ${maxAge} ${value}`).toSorted(),
    [ACCESS_COOKIE, CSRF_COOKIE, REFRESH_COOKIE].map((name) => `${name} 0 `).toSorted(),
  );
  t.match((await app.inject({ url: '/me', headers: { cookie } })).json(), { status: 401, code: 'token_revoked' });
  const again = await post('/refresh', { cookie: refreshCookie(tokens), 'x-csrf-token': tokens.csrf });
  t.match(again.json(), { status: 401, code: 'token_revoked' });
});

t.test('ASVS 3.5.8: another site can neither sign a browser in nor make it drop its cookies', async (t) => {
  const login = (site: string, origin = 'http://app.localhost') =>
    post('/login', { 'sec-fetch-site': site, origin }, { ...credentials, delivery: 'cookie' });
  for (const refused of [await login('cross-site'), await login('same-site', 'http://evil.localhost')])
    t.match(refused.json(), { status: 403, code: 'csrf_failed' });
  for (const site of ['same-origin', 'none', 'same-site']) t.equal((await login(site)).statusCode, 200, site);
  t.equal((await post('/login', { 'sec-fetch-site': 'cross-site' }, credentials)).statusCode, 200, 'which an answer without cookies can’t');
  const logout = async (headers: Record<string, string>) => {
    const { statusCode, cookies } = await post('/logout', headers);
    t.equal(statusCode, 204);
    return cookies.map(({ maxAge }) => maxAge);
  };
  t.strictSame(await logout({ 'sec-fetch-site': 'cross-site' }), []);
  t.strictSame(await logout({ 'sec-fetch-site': 'same-site', origin: 'http://evil.localhost' }), []);
  t.strictSame(await logout({ 'sec-fetch-site': 'same-site', origin: 'http://app.localhost' }), [0, 0, 0], 'an origin of CORS_ORIGINS');
  t.strictSame(await logout({}), [0, 0, 0], 'a browser whose access cookie is gone already drops the others');
});

t.test('reauthentication by cookie answers in cookies, with the same csrf value', async (t) => {
  const tokens = await signIn();
  const headers = { cookie: accessCookie(tokens), 'x-csrf-token': tokens.csrf };
  t.match((await post('/reauthenticate', { cookie: headers.cookie }, { password: credentials.password })).json(), { code: 'csrf_failed' });
  const next = read(await post('/reauthenticate', headers, { password: credentials.password }));
  t.equal(next.answer.statusCode, 200, next.answer.body);
  t.notOk('access_token' in next.answer.json());
  t.equal(next.csrf, tokens.csrf);
  t.match((await app.inject({ url: '/me', headers: { cookie: headers.cookie } })).json(), { code: 'token_revoked' });
  t.equal((await app.inject({ url: '/me', headers: { cookie: accessCookie(next) } })).statusCode, 200);
});

t.test('the refresh cookie signs out as well, by the same proof', async (t) => {
  const tokens = await signIn();
  const cookie = refreshCookie(tokens);
  const me = async () => (await app.inject({ url: '/me', headers: { cookie: accessCookie(tokens) } })).statusCode;
  t.match((await post('/logout', { cookie })).json(), { status: 403, code: 'csrf_failed' });
  t.equal(await me(), 200);
  t.equal((await post('/logout', { cookie, 'x-csrf-token': tokens.csrf })).statusCode, 204);
  t.equal(await me(), 401);
});

t.test('a sign-out by anything but a cookie leaves what the page has stored', async (t) => {
  const { access_token, refresh_token } = (await app.inject({ method: 'POST', url: '/login', payload: credentials })).json();
  const answers = [await post('/logout', { authorization: `Bearer ${access_token}` }), await post('/logout', {}, { token: refresh_token })];
  for (const { statusCode, headers } of [...answers, await post('/logout', {})]) {
    t.equal(statusCode, 204);
    t.notOk('clear-site-data' in headers);
  }
});

t.test('after a reauthentication the cookies live as long as the session, so that they still sign out', async (t) => {
  const tokens = await signIn();
  const headers = { cookie: accessCookie(tokens), 'x-csrf-token': tokens.csrf };
  const { answer } = read(await post('/reauthenticate', headers, { password: credentials.password }));
  const { expires_in, refresh_expires_in } = answer.json();
  t.ok(refresh_expires_in > expires_in);
  t.strictSame(
    answer.cookies.map(({ name, maxAge }) => `${name} ${maxAge}`),
    [ACCESS_COOKIE, CSRF_COOKIE].map((name) => `${name} ${refresh_expires_in}`),
  );
});
