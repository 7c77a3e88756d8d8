import { createRandom, createRandomRequests, operationsOf, sendRandomRequests } from '@countersign/testing';
import t from 'tap';
import { startBooksApp } from './books-app.ts';

const SEED = Number(process.env.COUNTERSIGN_TEST_SEED ?? 1);
const REQUESTS = 3000;

t.test('whatever is asked, the answer is one that the document describes, and no error of ours', async (t) => {
  const { server, auth } = await startBooksApp(t);
  await server.ready();
  const document = server.apiDocument();
  const requests = createRandomRequests({ random: createRandom(SEED), document, known: { sort: ['title', '-author'] } });
  const authorization = () => `Bearer ${auth.token({ scope: 'books:read books:write books:delete' })}`;
  const { answered, faults } = await sendRandomRequests(requests, REQUESTS, ({ headers, ...request }) =>
    server.inject({ ...request, headers: { authorization: authorization(), ...headers } }),
  );
  t.strictSame(faults, [], `with seed ${SEED}`);
  t.strictSame(answered, operationsOf(document), 'each operation was right at least once');
});
