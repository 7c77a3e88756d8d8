import t from 'tap';
import { administeredAuth } from './administered-auth.ts';

const { admin, call, events } = await administeredAuth(t);

t.test('the audit log tells who made and changed a client, and what it may do since then', async (t) => {
  const fields = { name: 'reports', scopes: ['books:read'], audiences: ['urn:countersign:books'] };
  const made = await call('POST', '/admin/clients', fields);
  const { client_id: id } = made.json<{ client_id: string }>();
  const url = `/admin/clients/${id}`;
  const change = { name: 'accounts', scopes: ['books:write'], audiences: ['urn:countersign:api'] };
  const answers = [
    made,
    await call('PATCH', url, change),
    await call('POST', `${url}/secret`),
    await call('DELETE', `${url}/tokens`),
    await call('DELETE', url),
  ];
  const by = answers.map(({ headers }) => ({ actor: admin.id, ip: '127.0.0.1', requestId: headers['x-request-id'] }));
  const told = await events(id);
  t.strictSame(
    told.map(({ actor, ip, requestId }) => ({ actor, ip, requestId })),
    by,
  );
  t.strictSame(
    told.map(({ event, details }) => [event, details]),
    [
      ['client_created', { ...fields, auth_method: 'client_secret' }],
      ['client_changed', { ...change, auth_method: 'client_secret', tokens_ended: true }],
      ['client_secret_created', { revoke_old: false }],
      ['client_tokens_ended', null],
      ['client_deleted', null],
    ],
  );
});
