import t from 'tap';
import { createClientId, isClientId } from '../../../src/domain/clients/client.ts';
import { createId } from '../../../src/domain/identifiers.ts';

t.test('a client’s id is neither a user’s nor that of people’s own sign-ins', async (t) => {
  for (const id of [createClientId(), 'books-worker', 'stack_worker', 'a.b-1', '1-1', `${'a'.repeat(63)}-`]) t.ok(isClientId(id), id);
  for (const id of [createId(), 'worker', 'first-party', 'a-', `${'a'.repeat(64)}-`, 'a worker-1', 'wörker-1', 'worker-1\n', ''])
    t.notOk(isClientId(id), id);
});
