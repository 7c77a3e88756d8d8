import t from 'tap';
import { linesOf } from './stack.ts';
import { type StubAnswer, startStubAuth } from './stub-auth.ts';

const record = (id: number) => ({
  id,
  at: `2026-11-21T10:00:0${id}.000Z`,
  event: 'login',
  actor: 'u-1',
  actor_name: 'ada',
  subject: null,
  subject_name: null,
});

/** Follows a log that has these records at each look, newest first, until so many are shown. */
async function follow(t: Parameters<typeof startStubAuth>[0], looks: readonly (readonly number[])[], args: string, shown: number) {
  let look = 0;
  const { asked, cli } = await startStubAuth(t, () => ({ body: (looks[look++] ?? []).map(record) }));
  const idsOf = (stdout: string) => linesOf(stdout).map((line) => (JSON.parse(line) as { id: number }).id);
  const { code, stdout } = await cli(`audit list --follow --json ${args}`, { stopWhen: (stdout) => idsOf(stdout).length >= shown });
  return { code, ids: idsOf(stdout), queries: asked.map(({ path }) => new URLSearchParams(path.split('?')[1])) };
}

t.test('--follow goes on from the records that were shown, also with one that appears late, and shows none that is older', async (t) => {
  const looks = [[5], [7, 5, 4, 3], [7, 6, 5, 4, 3]];
  const { code, ids, queries } = await follow(t, looks, '--limit 1 --event login', 3);
  t.strictSame([code, ids], [130, [5, 7, 6]]);
  t.strictSame(
    queries.map((query) => [query.get('event'), query.get('limit'), query.get('since')]),
    [
      ['login', '1', null],
      ['login', '100', '2026-11-21T09:59:35.000Z'],
      ['login', '100', '2026-11-21T09:59:37.000Z'],
    ],
    'half a minute before the newest',
  );
});

t.test('--follow begins with an empty log, too, and keeps to --since', async (t) => {
  const { ids, queries } = await follow(t, [[], [2, 1], [3, 2, 1]], '--since 2026-11-21T10:00:00Z', 3);
  t.strictSame(ids, [1, 2, 3]);
  t.strictSame(new Set(queries.map((query) => query.get('since'))), new Set(['2026-11-21T10:00:00.000Z']));
});

t.test('--follow shows a late record of a log that was shown whole, and none twice, though a look finds nothing', async (t) => {
  const { ids } = await follow(t, [[3], [], [4, 3, 2]], '--limit 2', 3);
  t.strictSame(ids, [3, 2, 4]);
});

const failed = { status: 503, body: { code: 'unavailable', detail: 'Auth has a pause.', request_id: 'r-1' } };
const seen = (...ids: number[]): StubAnswer => ({ body: ids.map(record) });

t.test('--follow outlasts a service that fails or can’t be reached, also at a refresh, and tells each outage once', async (t) => {
  const expired = { status: 401, body: { code: 'token_expired' } };
  const looks: StubAnswer[] = [seen(5), failed, { status: 0, body: null }, seen(6, 5), expired, seen(7, 6, 5)];
  const { cli } = await startStubAuth(t, ({ path }) => (path === '/refresh' ? failed : (looks.shift() ?? seen())));
  const { code, stdout, stderr } = await cli('audit list --follow --json', { stopWhen: (stdout) => linesOf(stdout).length >= 3 });
  t.equal(code, 130);
  t.match(linesOf(stdout), [/"id":5/, /"id":6/, /"id":7/]);
  t.match(linesOf(stderr), [
    'Auth has a pause. (request r-1) --follow goes on when auth answers again.',
    /^chief can't sign in at http:\S+: Auth has a pause\. \(request r-1\) --follow goes on when auth answers again\.$/,
  ]);
  t.equal(linesOf(stderr).length, 2);
});

t.test('--follow ends at a refusal, and doesn’t begin with a service that fails', async (t) => {
  const refused = { status: 403, body: { code: 'forbidden', detail: 'You may not.', request_id: 'r-1' } };
  for (const [looks, told] of [
    [[seen(5), refused], 'You may not. (request r-1)'],
    [[failed, seen(5)], 'Auth has a pause. (request r-1)'],
  ] as const) {
    let look = 0;
    const { cli } = await startStubAuth(t, () => looks[look++] ?? seen());
    t.match(await cli('audit list --follow --json', { stopWhen: () => look > 2 }), { code: 1, stderr: `countersign: ${told}\n` });
  }
});
