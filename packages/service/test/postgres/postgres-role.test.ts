import { createServer, type Socket } from 'node:net';
import { sql } from 'drizzle-orm';
import t, { type Test } from 'tap';
import { connectPostgres } from '../../src/index.ts';
import { isUnavailable } from '../../src/unavailable.ts';

/** A message of Postgres's protocol. */
function message(type: string, body: string): string {
  return `${type}${int32(body.length + 4)}${body}`;
}

function int32(n: number): string {
  return String.fromCharCode(0, 0, n >> 8, n & 255);
}

/** One row of one column. */
function result(name: string, type: number, value: string): string {
  const column = `\0\x01${name}\0${int32(0)}\0\0${int32(type)}\0\x01${int32(0)}\0\0`;
  return message('T', column) + message('D', `\0\x01${int32(value.length)}${value}`) + message('C', 'SELECT 1\0');
}

const [BOOLEAN, INTEGER, TEXT] = [16, 23, 25];
const READY = message('Z', 'I');
const refusal = (severity: string, code: string) => message('E', `S${severity}\0V${severity}\0C${code}\0Mno\0\0`);

/** Takes every login, as a pooler does, also while its server is gone, and tells what it heard from its server when it first saw it. */
async function startPooler(t: Test, answer: (socket: Socket, query: string) => void, heard: Readonly<Record<string, string>> = {}) {
  const parameters = Object.entries(heard).map(([name, value]) => message('S', `${name}\0${value}\0`));
  let logins = 0;
  const server = createServer((socket) => {
    logins += 1;
    socket.on('error', () => {});
    socket.once('data', () => {
      socket.write([message('R', int32(0)), ...parameters, READY].join(''));
      socket.on('data', (query) => answer(socket, query.toString('latin1')));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.teardown(() => server.close());
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return { url: `postgres://user@127.0.0.1:${port}/db`, logins: () => logins };
}

const answers: Readonly<Record<string, (socket: Socket) => void>> = {
  'the connection is closed': (socket) => socket.end(),
  'the connection is reset': (socket) => socket.resetAndDestroy(),
  'it is refused, and the connection closed': (socket) => socket.end(refusal('FATAL', '08P01')),
  'it is refused': (socket) => socket.write(refusal('ERROR', '57014') + READY),
};

for (const [title, answer] of Object.entries(answers)) {
  t.test(`where it can't be told whether a server is a standby, since ${title}, a statement fails and the process goes on`, async (t) => {
    const { url, logins } = await startPooler(t, answer);
    const connection = connectPostgres(url, { max: 1 });
    t.teardown(() => connection.close());
    for (let n = 0; n < 3; n += 1) {
      const error: unknown = await connection.db.execute(sql`select 1`).catch((fault: unknown) => fault);
      t.ok(isUnavailable(error), String(error));
    }
    t.equal(logins(), 3, 'such a connection is not used again');
  });
}

t.test('of a new connection nothing is asked but whether the server takes writes: a failure of more would end the process', async (t) => {
  const state = result('transaction_read_only', TEXT, 'off') + result('pg_is_in_recovery', BOOLEAN, 'f');
  const { url } = await startPooler(t, (socket, query) => {
    if (query.includes('pg_is_in_recovery')) socket.write(state + READY);
    else if (query.includes('one')) socket.write(result('one', INTEGER, '1') + READY);
    else socket.resetAndDestroy();
  });
  const connection = connectPostgres(url, { max: 1 });
  t.teardown(() => connection.close());
  t.match(await connection.db.execute(sql`select 1 as one`), [{ one: 1 }]);
});

for (const [was, is] of [
  ['on', 'off'],
  ['off', 'on'],
] as const) {
  t.test(
    `what counts is what the server is, and not what a pooler heard from it long ago: in_hot_standby ${was}, and now ${is}`,
    async (t) => {
      const state = result('transaction_read_only', TEXT, is) + result('pg_is_in_recovery', BOOLEAN, is === 'on' ? 't' : 'f');
      const { url } = await startPooler(
        t,
        (socket, query) => socket.write((query.includes('pg_is_in_recovery') ? state : result('one', INTEGER, '1')) + READY),
        { in_hot_standby: was, default_transaction_read_only: was },
      );
      const connection = connectPostgres(url, { max: 1 });
      t.teardown(() => connection.close());
      const reading = connection.db.execute(sql`select 1 as one`);
      if (is === 'off') t.match(await reading, [{ one: 1 }]);
      else await t.rejects(reading, { cause: { message: 'The database server is a standby, which accepts no writes.' } });
    },
  );
}
