import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import t from 'tap';
import { audienceClaim, commonAudience, narrowAudience } from '../../src/domain/resource.ts';

const issuer = 'http://localhost:8080';
const firstParty = { issuer, services: ['auth', 'books'] };
const [api, books, auth] = ['urn:countersign:api', 'urn:countersign:books', 'urn:countersign:auth'];

t.test('nothing asked gives all that is held, and what is held can be asked for', async (t) => {
  t.strictSame(narrowAudience([books, 'https://a.example'], [], firstParty), [books, 'https://a.example']);
  t.strictSame(narrowAudience([books, 'https://a.example'], ['https://a.example', 'https://a.example'], firstParty), ['https://a.example']);
  t.strictSame(narrowAudience([api], [`${issuer}/books`, auth], firstParty), [books, auth]);
});

t.test('what is not held is refused, and so is a token for nobody', async (t) => {
  for (const asked of [api, auth, 'urn:countersign:other', `${issuer}/books/`, `${issuer}/other`, '']) {
    t.throws(
      () => narrowAudience([books], [asked], firstParty),
      { code: 'invalid_target', message: /requested resource is not among the audiences/ },
      asked,
    );
  }
  t.throws(() => narrowAudience([books], [books, auth], firstParty), { code: 'invalid_target' });
  t.throws(() => narrowAudience([], [], firstParty), {
    code: 'invalid_target',
    message: /no audience that this client can get a token for/,
  });
});

t.test('only what is named a service is reached by urn:countersign:api, and has a URL', async (t) => {
  const withOrders = { issuer, services: ['auth', 'books', 'orders'] };
  t.strictSame(narrowAudience([api], [`${issuer}/orders`], withOrders), ['urn:countersign:orders']);
  t.strictSame(commonAudience([api], ['urn:countersign:orders'], withOrders), ['urn:countersign:orders']);
  t.throws(() => narrowAudience([api], ['urn:countersign:orders'], firstParty), { code: 'invalid_target' });
  t.strictSame(commonAudience([api], ['urn:countersign:orders'], firstParty), []);
});

t.test('two lists have in common what both reach, in the narrower words', async (t) => {
  t.strictSame(commonAudience([api], [books], firstParty), [books]);
  t.strictSame(commonAudience([books], [api], firstParty), [books]);
  t.strictSame(commonAudience([api], [api], firstParty), [api]);
  t.strictSame(commonAudience([books], [auth], firstParty), []);
  t.strictSame(commonAudience([api, 'https://a.example'], [auth, 'https://a.example', 'https://b.example'], firstParty), [
    'https://a.example',
    auth,
  ]);
});

t.test('one audience is a string in the token, several are a list', async (t) => {
  t.equal(audienceClaim([books]), books);
  t.strictSame(audienceClaim([books, auth]), [books, auth]);
});

t.test('whatever two lists hold, what they have in common reaches what both reach, and nothing else', async () => {
  const all = [api, books, auth, 'https://a.example'];
  const reached = (held: readonly string[]) =>
    all.filter((one) => held.includes(one) || (held.includes(api) && [books, auth].includes(one)));
  const list = fc.subarray(all);
  fc.assert(
    fc.property(list, list, (one, other) => {
      const both = reached(one).filter((audience) => reached(other).includes(audience));
      return isDeepStrictEqual(reached(commonAudience(one, other, firstParty)), both);
    }),
  );
});
