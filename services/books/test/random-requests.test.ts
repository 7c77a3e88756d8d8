import { createRandom, createRandomRequests, operationsOf } from '@countersign/testing';
import t from 'tap';
import { startBooksApp } from './books-app.ts';

const SEED = Number(process.env.COUNTERSIGN_TEST_SEED ?? 1);
const REQUESTS = 3000;

t.test('whatever is asked, the answer is one that the document describes, and no error of ours', async (t) => {
  const { server, auth } = await startBooksApp(t);
  await server.ready();
  const document = server.apiDocument();
  const requests = createRandomRequests({ random: createRandom(SEED), document, known: { sort: ['title', '-author'] } });
  const answered = new Set<string>();
  for (let i = 0; i < REQUESTS; i += 1) {
    const { operation, headers, ...request } = requests.next();
    const authorization = `Bearer ${auth.token({ scope: 'books:read books:write books:delete' })}`;
    const { statusCode, body } = await server.inject({ ...request, headers: { authorization, ...headers } });
    if (statusCode >= 500) t.fail(`${operation}: ${statusCode}`, { seed: SEED, request, headers, body });
    if (statusCode < 300) {
      answered.add(operation);
      requests.learn(body);
    }
  }
  t.strictSame([...answered].toSorted(), operationsOf(document), 'each operation was right at least once');
});
