import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { fileURLToPath } from 'node:url';
import { freePort, startProcess, until } from '@countersign/testing';
import t, { type Test } from 'tap';
import { STARTER_BOOKS } from '../src/domain/starter-books.ts';
import { booksStub, DISLIKED_TITLE, OTHER_AUTHOR, OUTAGE_AUTHOR, OUTAGE_TITLE, REFUSED_TITLE } from './books-stub.ts';

const MAIN = fileURLToPath(new URL('../src/main.ts', import.meta.url));
const SECRET = 'a-secret-of-the-worker-that-no-log-shows';

const start = (owner: Test, url: string, env: Readonly<Record<string, string>> = {}) =>
  startProcess(owner, MAIN, {
    env: {
      ISSUER: url,
      TOKEN_URL: `${url}/oauth/token`,
      BOOKS_URL: url,
      WORKER_CLIENT_ID: 'the-worker',
      WORKER_CLIENT_SECRET: SECRET,
      ...env,
    },
  });

/** With these books in place of the starter list. */
async function startWith(owner: Test, url: string, books: readonly object[]) {
  const file = `${owner.testdir()}/books.json`;
  await writeFile(file, JSON.stringify(books));
  return await start(owner, url, { BOOKS_FILE: file });
}

const lines = (stdout: string) =>
  stdout
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Record<string, unknown>);

async function failsAndTriesAgain(t: Test, worker: Awaited<ReturnType<typeof start>>, message: string) {
  await until(() => lines(worker.stdout()).length >= 1);
  t.match(lines(worker.stdout())[0], { level: 'warn', msg: 'import failed; it will be tried again', err: { message } });
}

t.test('ASVS 10.2.3: it signs in for books alone, adds the starter list, again and again without doubles, and stops with 0', async (t) => {
  const stub = await booksStub(t);
  const worker = await start(t, stub.url, { IMPORT_INTERVAL_SECONDS: '1' });
  await until(() => lines(worker.stdout()).length >= 2);
  t.equal(stub.books.length, STARTER_BOOKS.length);
  t.match(lines(worker.stdout()), [{ level: 'info', msg: 'import done', added: STARTER_BOOKS.length }, { added: 0 }]);
  t.strictSame(Object.fromEntries(stub.tokenForms[0] ?? []), {
    grant_type: 'client_credentials',
    client_id: 'the-worker',
    scope: 'books:read books:write',
    resource: 'urn:countersign:books',
  });
  t.match(await worker.stop(), { code: 0, signal: null });
});

t.test('it follows the pages of an author to the last before it adds', async (t) => {
  const stub = await booksStub(t);
  const books = ['One', 'Two', 'Three', 'Four', 'Five', 'Six'].map((title) => ({ title, author: 'A Prolific One' }));
  stub.books.push(...books.slice(0, 5));
  const worker = await startWith(t, stub.url, books);
  await until(() => lines(worker.stdout()).length >= 1);
  t.match(lines(worker.stdout())[0], { added: 1 });
  t.match(stub.books.at(-1), { title: 'Six' });
});

t.test('a book that books refuses is told, with the reason, and those that follow it are added all the same', async (t) => {
  const stub = await booksStub(t);
  const books = ['First', REFUSED_TITLE, DISLIKED_TITLE, 'Last'].map((title) => ({ title, author: 'Somebody' }));
  const worker = await startWith(t, stub.url, books);
  await until(() => stub.books.length === 2);
  await until(() => lines(worker.stdout()).length >= 3);
  t.match(lines(worker.stdout()), [
    {
      level: 'warn',
      msg: 'the books service refused a book',
      title: REFUSED_TITLE,
      author: 'Somebody',
      reason: 'body/title must be another',
    },
    { level: 'warn', msg: 'the books service refused a book', title: DISLIKED_TITLE, reason: 'body/title must be another.' },
    { level: 'info', msg: 'import done', added: 2, known: 0, refused: 2 },
  ]);
  t.strictSame(
    stub.books.map(({ title }) => title),
    ['First', 'Last'],
  );
});

t.test('any other refusal, whose reason the log tells, is one of all books: the import is tried again', async (t) => {
  const stub = await booksStub(t);
  stub.books.push(...['a', 'b', 'c'].map((title) => ({ title, author: OUTAGE_AUTHOR })));
  const worker = await startWith(t, stub.url, [{ title: 'Lost', author: OUTAGE_AUTHOR }]);
  await failsAndTriesAgain(t, worker, 'the books service answered 503: Try again later.');
});

t.test('… also where it comes when a book is added: that book is not refused for good', async (t) => {
  const stub = await booksStub(t);
  const worker = await startWith(t, stub.url, [{ title: OUTAGE_TITLE, author: 'Somebody' }]);
  await failsAndTriesAgain(t, worker, 'the books service answered 503: Try again later.');
});

t.test('an answer that is no page of books is not taken for an empty one: nothing is added', async (t) => {
  const stub = await booksStub(t);
  const worker = await startWith(t, stub.url, [{ title: 'Lost', author: OTHER_AUTHOR }]);
  await failsAndTriesAgain(t, worker, "the books service's answer isn't a page of books");
  t.strictSame(stub.books, []);
});

t.test('while nothing answers it goes on trying, and imports when the services are up', async (t) => {
  const port = await freePort();
  const worker = await start(t, `http://127.0.0.1:${port}`);
  await until(() => lines(worker.stdout()).some(({ level }) => level === 'warn'));
  const stub = await booksStub(t, port);
  await until(() => stub.books.length === STARTER_BOOKS.length, { timeoutMs: 10_000 });
  t.notMatch(worker.stdout() + worker.stderr(), SECRET);
  t.match(await worker.stop(), { code: 0 });
});

t.test('the pause before the next try doubles with each one, and is short again after an import', async (t) => {
  const stub = await booksStub(t);
  const worker = await start(t, stub.url, { IMPORT_INTERVAL_SECONDS: '1' });
  const next = async (level: string, count: number) => {
    const before = lines(worker.stdout()).length;
    const those = () =>
      lines(worker.stdout())
        .slice(before)
        .filter((line) => line.level === level);
    await until(() => those().length >= count, { timeoutMs: 10_000 });
    return those();
  };
  for (const outage of ['the first', 'the second']) {
    await next('info', 1);
    stub.isDown = true;
    t.match(await next('warn', 2), [{ retrySeconds: 1 }, { retrySeconds: 2 }], outage);
    stub.isDown = false;
  }
});

t.test('it stops with 0 in the middle of its tries, too', async (t) => {
  const worker = await start(t, `http://127.0.0.1:${await freePort()}`);
  await until(() => worker.stdout() !== '');
  t.match(await worker.stop(), { code: 0 });
});

t.test('it stops with 0 in the middle of an import, too, and calls that no failure', async (t) => {
  const port = await freePort();
  const asked = Promise.withResolvers<void>();
  const silent = createServer(() => asked.resolve()).listen(port, '127.0.0.1');
  t.teardown(() => silent.close());
  const worker = await start(t, `http://127.0.0.1:${port}`);
  await asked.promise;
  t.match(await worker.stop(), { code: 0 });
  t.equal(worker.stdout(), '');
});

t.test('… also while it waits for the answer to a book that it adds', async (t) => {
  const stub = await booksStub(t);
  stub.isSilent = true;
  const worker = await start(t, stub.url);
  await until(() => stub.unanswered > 0);
  t.match(await worker.stop(), { code: 0 });
  t.equal(worker.stdout(), '');
});

t.test('its requests share a connection: none is ended by the answer to a book that it adds', async (t) => {
  const stub = await booksStub(t);
  const worker = await start(t, stub.url);
  await until(() => lines(worker.stdout()).length >= 1);
  t.equal(stub.books.length, STARTER_BOOKS.length);
  t.ok(stub.connections <= 2, `${stub.connections} connections`);
});

t.test('wrong settings end it at once with 1, and every fault is named', async (t) => {
  const worker = await start(t, 'no url', { WORKER_CLIENT_SECRET: '', IMPORT_INTERVAL_SECONDS: '0' });
  t.match(await worker.exit, { code: 1 });
  for (const name of ['ISSUER', 'BOOKS_URL', 'TOKEN_URL', 'WORKER_CLIENT_SECRET', 'IMPORT_INTERVAL_SECONDS'])
    t.match(worker.stderr(), name);
});

t.test('a BOOKS_URL with a path, which no request would have, ends it at once with 1', async (t) => {
  const worker = await start(t, 'http://127.0.0.1:1', { BOOKS_URL: 'http://127.0.0.1:1/library' });
  t.match(await worker.exit, { code: 1 });
  t.match(worker.stderr(), 'BOOKS_URL must be an origin');
});

t.test('an ISSUER in another spelling than auth and books take ends it at once with 1, instead of tries without end', async (t) => {
  const worker = await start(t, 'http://127.0.0.1:1', { ISSUER: 'http://127.0.0.1:1/' });
  t.match(await worker.exit, { code: 1 });
  t.match(worker.stderr(), /ISSUER must be written in its normal form, http:\/\/127\.0\.0\.1:1$/m);
});

t.test('a BOOKS_FILE that is missing or no list of books ends it at once with 1, in words', async (t) => {
  const folder = t.testdir({ 'books.json': '[{"title": "no author"}]', 'half.json': '[{"title": ' });
  for (const [file, words] of [
    ['books.json', /^BOOKS_FILE \S+ is not a JSON array of \{title, author\}\.$/m],
    ['half.json', /^BOOKS_FILE \S+ is not JSON\. \(Unexpected end of JSON input\)$/m],
    ['missing.json', /^BOOKS_FILE \S+ cannot be read\. \(ENOENT/m],
  ] as const) {
    const worker = await start(t, 'http://127.0.0.1:1', { BOOKS_FILE: `${folder}/${file}` });
    t.match(await worker.exit, { code: 1 });
    t.match(worker.stderr(), words);
  }
});

t.test('what books would refuse in a BOOKS_FILE ends it at once with 1, and every such book is named', async (t) => {
  const books = [
    { title: '😀'.repeat(100), author: 'x'.repeat(50) },
    { title: 'x'.repeat(101), author: 'Somebody' },
    { title: 'Emma', author: 'x'.repeat(51) },
    { title: ' ', author: '' },
    { title: 'half a pair \ud800', author: 'Nobody' },
  ];
  const file = `${t.testdir({ 'books.json': JSON.stringify(books) })}/books.json`;
  const worker = await start(t, 'http://127.0.0.1:1', { BOOKS_FILE: file });
  t.match(await worker.exit, { code: 1 });
  const [first, ...faults] = worker.stderr().trim().split('\n');
  t.match(first, /^BOOKS_FILE \S+ has books that the books service would refuse:$/);
  t.strictSame(faults, [
    '  title of book 2: must be visible text of 1 to 100 characters',
    '  author of book 3: must be visible text of 1 to 50 characters',
    '  title of book 4: must be visible text of 1 to 100 characters',
    '  author of book 4: must be visible text of 1 to 50 characters',
    '  title of book 5: must be visible text of 1 to 100 characters',
  ]);
});
