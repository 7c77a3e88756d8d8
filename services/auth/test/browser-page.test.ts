import { readFileSync } from 'node:fs';
import { compileFunction } from 'node:vm';
import t from 'tap';
import { testAuth } from './test-auth.ts';

interface Page {
  signIn(username: string, password: string): Promise<void>;
  call(path: string, options?: object): Promise<Response>;
  callSignedIn(path: string, options?: object): Promise<Response>;
  signOut(): Promise<Response>;
}

/** What the tabs of one browser share. */
interface Browser {
  readonly jar: Map<string, Cookie>;
  /** The paths of all requests. */
  readonly sent: string[];
  /** What answers a path in place of auth. */
  readonly instead: Map<string, Response>;
  readonly navigator: { readonly locks: { request<Result>(name: string, hold: () => Promise<Result>): Promise<Result> } };
}

interface Cookie {
  readonly value: string;
  readonly path: string;
  readonly httpOnly: boolean;
}

const USER = { username: 'page.reader', password: 'the password of a page' };
const { app } = await testAuth(t);
await app.inject({ method: 'POST', url: '/register', payload: USER });

t.test('the page of docs/browsers.md signs in, goes on after its token has ended, and signs out', async (t) => {
  const { page, browser } = openPage();
  await t.rejects(page.signIn(USER.username, 'a wrong password'), { message: 'The credentials are incorrect.' });
  await page.signIn(USER.username, USER.password);
  t.equal((await page.callSignedIn('/me')).status, 200);

  const ended = browser.jar.get('__Host-access') as Cookie;
  t.equal((await page.call('/reauthenticate', jsonOf({ password: USER.password }))).status, 200);
  browser.jar.set('__Host-access', ended);
  t.equal((await page.call('/me')).status, 401);
  t.equal((await page.callSignedIn('/me')).status, 200);

  t.equal((await page.signOut()).status, 204);
  t.strictSame([...browser.jar.keys()], []);
  t.equal((await page.callSignedIn('/me')).status, 401);
});

t.test('after a reload the page finds the value of its header in the cookie, and a page without it changes nothing', async (t) => {
  const { page, browser } = openPage();
  await page.signIn(USER.username, USER.password);
  const change = jsonOf({ password: USER.password });
  t.equal((await openPage(browser).page.call('/reauthenticate', change)).status, 200);
  browser.jar.delete('__Host-csrf');
  t.equal((await openPage(browser).page.call('/reauthenticate', change)).status, 403);
});

t.test('a page goes on when another tab has signed in anew', async (t) => {
  const { page, browser } = openPage();
  await page.signIn(USER.username, USER.password);
  await openPage(browser).page.signIn(USER.username, USER.password);
  t.equal((await page.callSignedIn('/reauthenticate', jsonOf({ password: USER.password }))).status, 200);
});

t.test('calls that find their token ended at the same time, in two tabs, refresh once', async (t) => {
  const { page, browser } = await openEndedPage();
  const other = openPage(browser).page;
  const answers = await Promise.all([page, other, page, other, page].map((tab) => tab.callSignedIn('/me')));
  t.strictSame(
    answers.map(({ status }) => status),
    [200, 200, 200, 200, 200],
  );
  t.equal(browser.sent.filter((path) => path === '/refresh').length, 1);
});

t.test('a page whose token has ended while nothing can be refreshed learns that, and not that its session is over', async (t) => {
  const { page, browser } = await openEndedPage();
  for (const status of [503, 429]) {
    browser.instead.set('/refresh', new Response(null, { status }));
    t.equal((await page.callSignedIn('/me')).status, status);
  }
  browser.instead.set('/refresh', new Response('{"code":"token_expired"}', { status: 401 }));
  const over = await page.callSignedIn('/me');
  t.equal(over.status, 401);
  t.match(await over.json(), { code: 'token_revoked' }, 'the refusal of the call itself');
  browser.instead.delete('/refresh');
  t.equal((await page.callSignedIn('/me')).status, 200);
});

t.test('a 401 that isn’t JSON, as of a proxy or to HEAD, reaches the page as it is', async (t) => {
  const { page, browser } = openPage();
  await page.signIn(USER.username, USER.password);
  for (const body of ['<html>', null]) {
    browser.instead.set('/me', new Response(body, { status: 401 }));
    const answer = await page.callSignedIn('/me');
    t.strictSame([answer.status, await answer.text()], [401, body ?? '']);
  }
  t.notOk(browser.sent.includes('/refresh'));
  browser.instead.delete('/me');
  t.equal((await page.callSignedIn('/me')).status, 200);
});

t.test('a call’s own headers are sent, as an object or as Headers', async (t) => {
  const { page } = openPage();
  await page.signIn(USER.username, USER.password);
  const change = jsonOf({ password: USER.password });
  t.equal((await page.call('/reauthenticate', { ...change, headers: new Headers(change.headers) })).status, 200);
  t.equal((await page.call('/reauthenticate', change)).status, 200);
  t.equal((await page.call('/reauthenticate', { ...change, headers: undefined })).status, 415);
});

function jsonOf(body: object) {
  return { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) };
}

function openBrowser(): Browser {
  let held: Promise<unknown> = Promise.resolve();
  const locks = {
    request<Result>(_name: string, hold: () => Promise<Result>): Promise<Result> {
      const result = held.then(hold);
      held = result.catch(() => {});
      return result;
    },
  };
  return { jar: new Map(), sent: [], instead: new Map(), navigator: { locks } };
}

/** A page that is signed in, and whose access token has ended. */
async function openEndedPage() {
  const { page, browser } = openPage();
  await page.signIn(USER.username, USER.password);
  const ended = browser.jar.get('__Host-access') as Cookie;
  await page.call('/reauthenticate', jsonOf({ password: USER.password }));
  browser.jar.set('__Host-access', ended);
  return { page, browser };
}

/** The script of the document, in a tab of this browser. */
function openPage(browser = openBrowser()): { readonly page: Page; readonly browser: Browser } {
  const { jar, sent: requested, instead, navigator } = browser;
  const text = readFileSync(new URL('../../../docs/browsers.md', import.meta.url), 'utf8');
  const [, script = ''] = /```js\n(.*?)```/s.exec(text) ?? [];
  const document = {
    get cookie() {
      return joined([...jar].filter(([, { httpOnly }]) => !httpOnly));
    },
  };
  const fetch = async (
    path: string,
    { method = 'GET', headers, body }: { method?: string; headers?: Record<string, string>; body?: string } = {},
  ) => {
    requested.push(path);
    const other = instead.get(path);
    if (other !== undefined) return other.clone();
    const cookie = joined([...jar].filter((entry) => path.startsWith(entry[1].path)));
    const sent = { ...Object.fromEntries(new Headers(headers)), cookie };
    const answer = await app.inject({ method: method as 'GET', url: path, headers: sent, ...(body !== undefined && { payload: body }) });
    for (const { name, value, path = '/', httpOnly = false, maxAge } of answer.cookies) {
      if (maxAge === 0) jar.delete(name);
      else jar.set(name, { value, path, httpOnly });
    }
    return new Response(answer.body === '' ? null : answer.body, { status: answer.statusCode });
  };
  const run = compileFunction(`${script}\nreturn { call, callSignedIn, signIn, signOut };`, ['fetch', 'document', 'navigator']);
  return { page: run(fetch, document, navigator) as Page, browser };
}

function joined(cookies: readonly (readonly [string, Cookie])[]): string {
  return cookies.map(([name, { value }]) => `${name}=${value}`).join('; ');
}
