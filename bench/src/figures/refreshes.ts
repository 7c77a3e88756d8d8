import postgres from 'postgres';
import { startAuthServer } from '../auth-server.ts';
import { closedLoop } from '../closed-loop.ts';
import { atLeast, type Figure, told } from '../figure.ts';
import { logIn, refresh, register } from '../people.ts';
import { setSynchronousCommit } from '../postgres.ts';
import { inRounds, median, medianRatio, percentile } from '../statistics.ts';

/** As many as in the service's own pool. */
const CONNECTIONS = 10;
const SESSIONS = 32;

/**
 * Refreshes over HTTP, compared with bare UPDATE … RETURNING on the same Postgres and as many connections. Both wait for the disk, as in
 * production; then again without that wait, which compares only CPU, shared by load, service and Postgres.
 */
export const refreshes: Figure = {
  name: 'refreshes',
  title: 'Refreshes',
  async run(context) {
    const auth = await startAuthServer(context);
    await register(auth.url);
    const tokens = await Promise.all(Array.from({ length: SESSIONS }, async () => (await logIn(auth.url)).refresh_token));
    const sql = postgres(auth.databaseUrl, { max: CONNECTIONS, onnotice: () => {} });
    context.teardown(() => sql.end());
    await sql`create table bare (id int primary key, generation int not null)`;
    await sql`insert into bare select id, 0 from generate_series(0, ${CONNECTIONS - 1}) id`;

    const update = (id: number) => sql`update bare set generation = generation + 1 where id = ${id} returning generation`;

    const seconds = Math.max(1, 4 * context.effort);
    const compare = async (rounds: number) => {
      const delays: number[] = [];
      const results = await inRounds(Math.max(2, Math.round(rounds * context.effort)), {
        refresh: async () => {
          const loop = await closedLoop(SESSIONS, seconds, async (session) => {
            tokens[session] = (await refresh(auth.url, tokens[session] ?? '')).refresh_token;
          });
          delays.push(percentile(loop.milliseconds, 0.99));
          return loop.perSecond;
        },
        oneRow: async () => (await closedLoop(CONNECTIONS, seconds, async () => void (await update(0)))).perSecond,
        ownRows: async () => (await closedLoop(CONNECTIONS, seconds, async (id) => void (await update(id)))).perSecond,
      });
      const { refresh: ours = [], oneRow = [], ownRows = [] } = results;
      return { ours, oneRow, ownRows, delays };
    };

    const { ours, oneRow, ownRows, delays } = await compare(7);
    await setSynchronousCommit(context.postgresUrl, 'off');
    context.teardown(() => setSynchronousCommit(context.postgresUrl, 'on'));
    const inMemory = await compare(3);
    return {
      rows: [
        atLeast('refreshes to a bare UPDATE … RETURNING of one row', medianRatio(ours, oneRow), 0.5),
        told('refreshes to a bare UPDATE … RETURNING of a row for each connection', medianRatio(ours, ownRows)),
        told('refreshes a second', median(ours)),
        told('bare UPDATE … RETURNING of one row a second', median(oneRow)),
        told('bare UPDATE … RETURNING of a row for each connection a second', median(ownRows)),
        told('p99 of a refresh', median(delays), ' ms'),
        told(
          'refreshes to a bare UPDATE … RETURNING of one row, with synchronous_commit = off',
          medianRatio(inMemory.ours, inMemory.oneRow),
        ),
        told('refreshes a second, with synchronous_commit = off', median(inMemory.ours)),
      ],
    };
  },
};
