import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import t from 'tap';
import { testAuth } from '../test-auth.ts';

const { app } = await testAuth(t);
const { port } = new URL(await app.listen({ port: 0, host: '127.0.0.1' }));
const credentials = { username: 'twofold', password: 'a long enough password' };
await app.inject({ method: 'POST', url: '/register', payload: credentials });

async function send(path: string, headers: string): Promise<string> {
  const socket = connect(Number(port), '127.0.0.1');
  socket.write(`POST ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 0\r\n${headers}\r\n`);
  return text(socket);
}

for (const [path, status] of [
  ['/refresh', 200],
  ['/logout', 204],
] as const)
  t.test(`two Authorization headers are refused at ${path}, whichever was meant; one is not`, async (t) => {
    const tokens = (await app.inject({ method: 'POST', url: '/login', payload: credentials })).json<{ refresh_token: string }>();
    const header = `Authorization: Bearer ${tokens.refresh_token}\r\n`;
    t.match(await send(path, `${header}authorization: Bearer x\r\n`), /^HTTP\/1\.1 400.*validation_failed/s);
    t.match(await send(path, `Authorization: Basic x\r\n${header}`), /^HTTP\/1\.1 400.*validation_failed/s);
    t.match(await send(path, header), new RegExp(`^HTTP/1\\.1 ${status} `));
  });
