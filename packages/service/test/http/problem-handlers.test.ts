import t from 'tap';
import { createServer } from '../../src/index.ts';
import { PASSWORD, startServer, TOKEN } from './things-server.ts';

t.test(
  'ASVS 16.3.4, 16.5.1, 16.5.4: what goes wrong inside is 500 with a fixed sentence; the log has the cause, without parameters and tokens',
  async (t) => {
    const { server, lines } = await startServer(t);
    const answer = await server.inject({ url: '/fails', headers: { 'x-request-id': 'trace-me' } });
    t.strictSame(answer.json(), {
      type: 'urn:countersign:problem:internal',
      title: 'Something went wrong on our side.',
      status: 500,
      detail: 'Something went wrong on our side.',
      code: 'internal',
      request_id: 'trace-me',
    });
    t.equal(answer.headers['x-request-id'], 'trace-me');
    const logged = lines.map((line) => JSON.parse(line)).find(({ level }) => level === 'error');
    t.match(logged, {
      msg: 'Something went wrong on our side. about [removed]',
      request_id: 'trace-me',
      time: /^\d{4}-\d\d-\d\dT.*Z$/,
      err: { type: 'Problem', cause: { message: 'Failed query: insert', cause: { message: 'about [removed]' } } },
    });
    t.notMatch(lines.join(''), PASSWORD);
    t.notMatch(lines.join(''), TOKEN);
  },
);

t.test('what a verifier can’t tell is logged as a warning by a route too: it is not a failure of ours', async (t) => {
  const { server, lines } = await startServer(t);
  t.equal((await server.inject('/stale')).statusCode, 503);
  t.match(
    lines.map((line) => JSON.parse(line)).filter(({ level }) => level !== 'info'),
    [{ level: 'warn', err: { type: 'Problem' } }],
  );
});

t.test('a refusal thrown as a Problem is answered as it says', async (t) => {
  const { server } = await startServer(t);
  t.match((await server.inject('/teapot')).json(), { status: 409, code: 'conflict', detail: 'Taken.' });
});

t.test('an error of a lost database or Redis, however wrapped, is 503 with Retry-After', async (t) => {
  const { server } = await startServer(t);
  const extra = createServer({ logLevel: 'silent', trustProxy: [] });
  t.teardown(() => extra.close());
  const errors = [
    new Error('Failed query', { cause: Object.assign(new Error(), { code: 'ECONNREFUSED' }) }),
    new Error('Failed query', { cause: new Error('again', { cause: Object.assign(new Error(), { code: '57P01' }) }) }),
    ...['CONNECTION_CLOSED', 'CONNECT_TIMEOUT', '53300', '57P03', '40001', '08006'].map((code) => Object.assign(new Error(), { code })),
    ...[
      'Command timed out',
      'Connection is closed.',
      "Stream isn't writeable and enableOfflineQueue options is false",
      'LOADING Redis is loading',
      'READONLY You can’t write',
    ].map((message) => new Error(message)),
    Object.assign(new Error(), { name: 'MaxRetriesPerRequestError' }),
  ];
  for (const [index, error] of errors.entries()) extra.get(`/${index}`, async () => Promise.reject(error));
  extra.get('/unique', async () => Promise.reject(Object.assign(new Error(), { code: '23505' })));
  extra.get('/nul', async () => Promise.reject(Object.assign(new Error(), { code: '22021' })));
  for (const index of errors.keys()) {
    const answer = await extra.inject(`/${index}`);
    t.match(answer.json(), { status: 503, code: 'unavailable' }, `${errors[index]}`);
    t.equal(answer.headers['retry-after'], '1');
  }
  t.match((await extra.inject('/unique')).json(), { status: 500 }, 'another error of the database is not');
  t.match((await extra.inject('/nul')).json(), { status: 400 }, 'a value that has no place in a column is the client’s');
  t.match(await server.inject('/things/1'), { statusCode: 200 });
});
