import { createServer, type Socket } from 'node:net';
import { sql } from 'drizzle-orm';
import t, { type Test } from 'tap';
import { connectPostgres, isUnavailable } from '../../src/index.ts';

/** A message of Postgres's protocol. */
function message(type: string, body: string): Buffer {
  const length = Buffer.alloc(4);
  length.writeInt32BE(body.length + 4);
  return Buffer.concat([Buffer.from(type), length, Buffer.from(body)]);
}

const READY = message('Z', 'I');
const WELCOME = Buffer.concat([message('R', '\0\0\0\0'), READY]);
const refusal = (severity: string, code: string) => message('E', `S${severity}\0V${severity}\0C${code}\0Mno\0\0`);

/** Takes every login, as a pooler does whose server is gone, says nothing of whether it is a standby, and is asked. */
async function startPooler(t: Test, answer: (socket: Socket) => void) {
  let logins = 0;
  const server = createServer((socket) => {
    logins += 1;
    socket.on('error', () => {});
    socket.once('data', () => {
      socket.write(WELCOME);
      socket.on('data', () => answer(socket));
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
  'it is refused': (socket) => socket.write(Buffer.concat([refusal('ERROR', '57014'), READY])),
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
