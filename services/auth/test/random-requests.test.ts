import { createRandom, createRandomRequests, operationsOf, sendRandomRequests } from '@countersign/testing';
import t from 'tap';
import { administeredAuth, type SignedIn } from './routes/admin/administered-auth.ts';

const SEED = Number(process.env.COUNTERSIGN_TEST_SEED ?? 2);
const REQUESTS = 2000;

/** By the names that the document has for them. */
function asKnown({ username, password, accessToken, refreshToken, sessionId }: SignedIn) {
  return { username, password, access_token: accessToken, refresh_token: refreshToken, session_id: sessionId };
}

t.test('whatever is asked, the answer is one that the document describes, and no error of ours', async (t) => {
  const auth = await administeredAuth(t);
  const random = createRandom(SEED);
  const document = auth.app.apiDocument();
  const people = { admin: auth.admin, member: await auth.signUp('member') };
  const requests = createRandomRequests({
    random,
    document,
    known: {
      client_id: ['first-party'],
      scope: ['books:read'],
      role: ['member'],
      audience: ['urn:countersign:api'],
      resource: ['urn:countersign:books'],
    },
  });
  requests.learn(JSON.stringify(asKnown(people.member)));
  const { answered, faults } = await sendRandomRequests(requests, REQUESTS, async ({ headers, ...request }) => {
    const role = random.pick(['admin', 'admin', 'admin', 'member', null] as const);
    const authorization = role === null ? {} : { authorization: `Bearer ${people[role].accessToken}` };
    const answer = await auth.app.inject({ ...request, headers: { ...authorization, ...headers } });
    const isSignedOut = answer.statusCode === 401 && role !== null && (await auth.statusOfMe(people[role].accessToken)) !== 200;
    if (isSignedOut) people[role] = await auth.signUp(role);
    if (isSignedOut && role === 'member') requests.learn(JSON.stringify(asKnown(people.member)));
    return answer;
  });
  t.strictSame(faults, [], `with seed ${SEED}`);
  const operations = operationsOf(document);
  t.ok(answered.length > operations.length / 2, `${answered.length} of ${operations.length} operations were right at least once`);
});
