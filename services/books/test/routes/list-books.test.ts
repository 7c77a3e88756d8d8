import t from 'tap';
import { startBooksApp } from '../books-app.ts';

const app = await startBooksApp(t);
const shelf = [
  ['Solaris', 'Stanisław Lem'],
  ['Émile', 'Rousseau'],
  ['100% of it', 'A_B'],
  ['1000 of it', 'AxB'],
  ['Back\\slash', 'Nobody'],
  ['solaris, again', 'Stanisław Lem'],
  ['Kyberiada', 'Stanisław Lemke'],
] as const;
for (const [title, author] of shelf) await app.post('/books', { payload: { title, author } });

async function titles(query: Record<string, string> = {}): Promise<string[]> {
  const answer = await app.get('/books', { query });
  t.equal(answer.statusCode, 200, answer.body);
  return answer.json().map(({ title }: { title: string }) => title);
}

/** The URL that `rel="next"` names, or `null`. */
async function next(url: string): Promise<string | null> {
  const { link } = (await app.get(url)).headers as { link?: string };
  return link === undefined ? null : (/^<([^>]+)>; rel="next"$/.exec(link)?.[1] ?? 'a Link of another form');
}

t.test('without a query books come by id, 20 at a time', async (t) => {
  t.strictSame(
    await titles(),
    shelf.map(([title]) => title),
  );
  for (let index = shelf.length; index < 21; index += 1)
    await app.post('/books', { payload: { title: `Filler ${index}`, author: 'Filler' } });
  t.equal((await titles()).length, 20);
  t.equal((await titles({ limit: '100' })).length, 21);
  const fillers = Array.from({ length: 21 - shelf.length }, (_, index) => `Filler ${shelf.length + index}`);
  t.strictSame(await titles({ limit: '100', q: 'er' }), ['Kyberiada', ...fillers], 'also where they are searched for without an index');
});

t.test('q finds a part of title or author in any case, and its wildcards mean themselves', async (t) => {
  t.strictSame(await titles({ q: 'SOLARIS' }), ['Solaris', 'solaris, again']);
  t.strictSame(await titles({ q: 'émi' }), ['Émile']);
  t.strictSame(await titles({ q: 'roussEAU' }), ['Émile']);
  t.strictSame(await titles({ q: '0%' }), ['100% of it']);
  t.strictSame(await titles({ q: 'a_b' }), ['100% of it']);
  t.strictSame(await titles({ q: '\\' }), ['Back\\slash']);
  t.strictSame(await titles({ q: '' }), await titles());
  t.strictSame(await titles({ q: 'nowhere' }), []);
});

t.test('author is the whole author, exactly', async (t) => {
  t.strictSame(await titles({ author: 'Stanisław Lem' }), ['Solaris', 'solaris, again']);
  t.strictSame(await titles({ author: 'stanisław lem' }), []);
  t.strictSame(await titles({ author: 'Stanisław Lem', q: 'again' }), ['solaris, again']);
});

t.test('sort orders by title or author, and backwards', async (t) => {
  const found = { author: 'Stanisław Lem' };
  t.strictSame(await titles({ ...found, sort: '-id' }), ['solaris, again', 'Solaris']);
  t.strictSame(await titles({ ...found, sort: '-title' }), ['solaris, again', 'Solaris']);
  t.strictSame(await titles({ q: 'of it', sort: 'author' }), ['100% of it', '1000 of it']);
  t.strictSame(await titles({ q: 'of it', sort: '-author' }), ['1000 of it', '100% of it']);
});

t.test('sort orders the books of one author, too', async (t) => {
  for (const title of ['B', 'C', 'A']) await app.post('/books', { payload: { title, author: 'Zed' } });
  t.strictSame(await titles({ author: 'Zed', sort: 'title' }), ['A', 'B', 'C']);
  t.strictSame(await titles({ author: 'Zed', sort: '-title' }), ['C', 'B', 'A']);
  t.strictSame(await titles({ author: 'Zed', sort: 'author' }), ['B', 'C', 'A'], 'equal ones by id');
});

t.test('following Link walks the whole listing with the same parameters, and the last page has none', async (t) => {
  const all = await titles({ limit: '100', sort: '-title', q: 'i' });
  const walked: string[] = [];
  let url: string | null = '/books?sort=-title&limit=2&q=i';
  for (let pages = 0; url !== null && pages < 20; pages += 1) {
    t.match(new URL(url, 'http://books').search, /limit=2/);
    walked.push(...(await app.get(url)).json().map(({ title }: { title: string }) => title));
    url = await next(url);
  }
  t.strictSame(walked, all);
  t.equal(url, null);
  t.notMatch(await next('/books?limit=2'), /[?&](?:q|author)=/, 'nor a parameter that was not there');
  const special = await next('/books?limit=1&q=%3E%22%26%20%25&author=x');
  t.equal(special, null);
});

t.test('ASVS 1.2.2: parameters with any character come back in Link as they were', async (t) => {
  const author = 'a>b", "c&d%=+é💥';
  const [one, two] = ['one ', 'two '].map((title) => title.padEnd(100 + 96, '💥')); // the longest, and the longest cursors
  for (const title of [one, two]) await app.post('/books', { payload: { title, author } });
  const url = await next(`/books?${new URLSearchParams({ author, limit: '1', q: 'O', sort: 'title' })}`);
  const { searchParams } = new URL(url ?? '', 'http://books');
  t.match(Object.fromEntries(searchParams), { author, q: 'O', limit: '1', sort: 'title', after: String });
  t.strictSame(
    (await app.get(url ?? '')).json().map(({ title }: { title: string }) => title),
    [two],
  );
});

t.test('a cursor of another listing, or none at all, is refused', async (t) => {
  const url = await next('/books?limit=2&sort=title');
  const after = new URL(url ?? '', 'http://books').searchParams.get('after') ?? '';
  t.equal((await app.get('/books', { query: { sort: 'title', after } })).statusCode, 200);
  t.equal((await app.get('/books', { query: { sort: 'title', limit: '50', after } })).statusCode, 200);
  for (const query of [
    { after },
    { sort: '-title', after },
    { sort: 'title', q: 'x', after },
    { sort: 'title', author: 'x', after },
    { after: '' },
    { after: '7' },
    { after: 'MTIz' },
  ]) {
    const answer = await app.get('/books', { query });
    t.equal(answer.statusCode, 400, JSON.stringify(query));
    t.match(answer.json(), { code: 'validation_failed', detail: /after/ });
  }
});

t.test('a query that is wrong is refused with words, never half understood', async (t) => {
  const wrong = [
    'limit=0',
    'limit=101',
    'limit=1.5',
    'limit=',
    'limit=ten',
    'limit=1&limit=2',
    'sort=year',
    'sort=',
    'sort=id&sort=title',
    'q=%00',
    'author=%00',
    'author=',
    'page=2',
    '__proto__=x',
    `q=${'x'.repeat(101)}`,
    `author=${'x'.repeat(51)}`,
  ];
  for (const query of wrong) {
    const answer = await app.get(`/books?${query}`);
    t.equal(answer.statusCode, 400, query);
    t.match(answer.json(), { code: 'validation_failed', errors: [{ message: String }] }, query);
    t.strictSame(
      answer.json().errors.map(({ path }: { path: string }) => path),
      [`querystring/${query.split('=')[0]}`],
      query,
    );
  }
  t.match((await app.get('/books?sort=year')).json().detail, /: id, -id, title, -title, author, -author\.$/, 'with what it could be');
  for (const query of ['limit=1', 'limit=100', 'q=%F0%9F%92%A5', `author=${'x'.repeat(50)}`, 'sort=-author'])
    t.equal((await app.get(`/books?${query}`)).statusCode, 200, query);
  // Broken UTF-8 is read as the text that a lenient reader sees.
  for (const query of ['q=%ff', 'q=%zz', 'q=%', 'author=%ed%a0%80']) t.ok((await app.get(`/books?${query}`)).statusCode < 500, query);
});
