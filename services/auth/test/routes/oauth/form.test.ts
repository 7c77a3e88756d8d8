import t from 'tap';
import { parseOAuthForm } from '../../../src/routes/oauth/form.ts';

t.test('only a resource and an audience may come several times, and what has no value is not sent', async (t) => {
  const form = parseOAuthForm('resource=a&grant_type=x&audience=b&scope=&resource=&resource=c');
  t.strictSame({ ...form }, { resource: ['a', 'c'], grant_type: 'x', audience: ['b'] });
  t.throws(() => parseOAuthForm('grant_type=x&grant_type=x'), { code: 'invalid_request' });
  t.throws(() => parseOAuthForm('toString=x&toString=x'), { code: 'invalid_request' });
});

t.test('a parameter that is repeated costs no more than its length', async (t) => {
  const { user: began } = process.cpuUsage();
  t.equal(parseOAuthForm('resource=a&'.repeat(30_000)).resource?.length, 30_000);
  t.ok(process.cpuUsage().user - began < 1_000_000, 'copied for each, they would take many seconds');
});
