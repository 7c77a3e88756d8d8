import t from 'tap';
import type { Clients } from '../../../src/domain/clients/client.ts';
import { getClient } from '../../../src/routes/oauth/client.ts';

t.test('the log tells of a client that failed to authenticate, and not of one that could not be judged', async (t) => {
  const told: string[] = [];
  const log = { info: (_fields: object, text: string) => told.push(text) };
  const send = (find: Clients['find']) =>
    getClient(
      { ports: { clients: { find } as Clients }, rules: { access: { issuer: 'https://auth.example.com' } } },
      { headers: {}, body: { client_id: 'c-1', client_secret: 'a secret' }, log: log as never },
    );

  await t.rejects(
    send(() => Promise.reject(new Error('the database is down'))),
    { message: 'the database is down' },
  );
  t.strictSame(told, []);
  await t.rejects(
    send(() => Promise.resolve(null)),
    { code: 'invalid_client' },
  );
  t.strictSame(told, ['client not authenticated']);
});
