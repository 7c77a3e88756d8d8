/** A small service, run as a process by run-process.test.ts; MODE says how it behaves. */
import { PassThrough } from 'node:stream';
import { createServer } from '../../src/index.ts';
import { loadConfig, runProcess, setting } from '../../src/process.ts';

await runProcess(async () => {
  const mode = process.env.MODE;
  if (mode === 'unready')
    loadConfig({ a: setting.string('A', { describe: 'One.' }), b: setting.integer('B', { describe: 'Two.', min: 1, max: 2 }) }, { B: '3' });
  if (mode === 'cut-off')
    throw new Error('Failed query: select', { cause: Object.assign(new Error('terminating connection'), { code: '57P01' }) });
  if (mode === 'broken') throw new TypeError('params: secret is not a function');
  const server = createServer({ logLevel: 'silent', trustProxy: [] });
  server.get('/', async () => 'ok');
  server.get('/slow', async () => new Promise((resolve) => setTimeout(resolve, 1000, 'slow but whole')));
  server.get('/begun', async (_request, reply) => {
    const body = new PassThrough();
    body.write('begun, ');
    setTimeout(() => body.end('and whole'), 1000);
    return reply.type('text/plain').send(body);
  });
  server.get('/reject', async () => {
    void Promise.reject(new Error('nobody waits for me'));
    return 'ok';
  });
  server.get('/throw', async () => {
    setImmediate(() => {
      throw new Error('nobody catches me');
    });
    return 'ok';
  });
  await server.listen({ port: Number(process.env.PORT), host: '127.0.0.1' });
  if (mode === 'stuck') return { close: () => new Promise<void>(() => {}) };
  if (mode === 'failing') return { close: async () => Promise.reject(new Error('cannot close')) };
  return server;
});
