import { generateKeyPairSync } from 'node:crypto';
import t from 'tap';
import { administeredAuth } from './routes/admin/administered-auth.ts';

const { call, admin } = await administeredAuth(t);

const text = (length: number) => 'x'.repeat(length);
/** So many different names, each as long. */
const names = (count: number, length: number, prefix = '') =>
  Array.from({ length: count }, (_, index) => `${prefix}${String(index).padStart(length - prefix.length, 'x')}`);
const urns = (count: number, length: number) => names(count, length, 'urn:example:');
/** Public keys that have as many members as one may have. */
const keys = (count: number, members: number) =>
  names(count, 3).map((kid) => ({
    ...generateKeyPairSync('ed25519').publicKey.export({ format: 'jwk' }),
    kid,
    ...Object.fromEntries(names(members - 4, 3).map((name) => [name, ''])),
  }));

type Case = readonly [changes: object, path: string];

/** The largest body or query that each endpoint takes, and what makes it one that it doesn't, with the place of the fault. */
interface Limits {
  readonly method?: 'PATCH' | 'POST' | 'PUT';
  readonly url: string;
  readonly largest: object;
  readonly beyond: readonly Case[];
}

const unknown: Case = [{ other: 'x' }, '/other'];
const notAnObject: readonly Case[] = [
  [[], ''],
  [['x'], ''],
];
const page = { limit: 100 };
const beyondPage: readonly Case[] = [[{ limit: 0 }, '/limit'], [{ limit: 101 }, '/limit'], [{ after: text(2049) }, '/after'], unknown];

const roleNames = names(21, 64);
const client = {
  name: text(100),
  scopes: names(50, 100),
  audiences: urns(20, 200),
  auth_method: 'private_key_jwt',
  jwks: { keys: keys(10, 30) },
};
const { client_id: clientId } = (await call('POST', '/admin/clients', { name: 'x' })).json<{ client_id: string }>();
const beyondClient: readonly Case[] = [
  [{ name: text(101) }, '/name'],
  [{ name: '\0' }, '/name'],
  [{ scopes: names(51, 100) }, '/scopes'],
  [{ scopes: ['x', 'x'] }, '/scopes'],
  [{ scopes: [text(101)] }, '/scopes/0'],
  [{ audiences: urns(21, 200) }, '/audiences'],
  [{ audiences: [...urns(1, 200), ...urns(1, 200)] }, '/audiences'],
  [{ audiences: urns(1, 201) }, '/audiences/0'],
  [{ auth_method: 'none' }, '/auth_method'],
  [{ jwks: { keys: keys(11, 30) } }, '/jwks/keys'],
  [{ jwks: { keys: [] } }, '/jwks/keys'],
  [{ jwks: { keys: keys(1, 31) } }, '/jwks/keys/0'],
  [{ jwks: { keys: keys(1, 30), other: 1 } }, '/jwks/other'],
  unknown,
];

const LIMITS: readonly Limits[] = [
  {
    method: 'POST',
    url: '/register',
    largest: { username: text(64), password: `${text(127)}y` },
    beyond: [
      [{ username: text(65) }, '/username'],
      [{ username: undefined }, '/username'],
      [{ password: `${text(128)}y` }, '/password'],
      unknown,
    ],
  },
  {
    method: 'POST',
    url: '/login',
    largest: { username: text(256), password: text(1024), scope: text(1024), delivery: 'cookie' },
    beyond: [
      [{ username: text(257) }, '/username'],
      [{ password: text(1025) }, '/password'],
      [{ scope: text(1025) }, '/scope'],
      [{ scope: 'x  x' }, '/scope'],
      [{ delivery: 'other' }, '/delivery'],
      unknown,
    ],
  },
  { method: 'POST', url: '/logout', largest: { token: 'x' }, beyond: [[{ token: 1 }, '/token'], unknown, ...notAnObject] },
  {
    method: 'POST',
    url: '/refresh',
    largest: { refresh_token: 'x' },
    beyond: [[{ refresh_token: 1 }, '/refresh_token'], unknown, ...notAnObject],
  },
  {
    method: 'POST',
    url: '/password/reset',
    largest: { reset_token: text(256), new_password: 'x' },
    beyond: [[{ reset_token: text(257) }, '/reset_token'], unknown],
  },
  {
    method: 'POST',
    url: '/password',
    largest: { current_password: text(1024), new_password: 'x' },
    beyond: [[{ current_password: text(1025) }, '/current_password'], unknown],
  },
  { method: 'POST', url: '/reauthenticate', largest: { password: text(1024) }, beyond: [[{ password: text(1025) }, '/password'], unknown] },
  {
    method: 'PUT',
    url: '/admin/roles/x',
    largest: { scopes: names(50, 100) },
    beyond: [[{ scopes: names(51, 100) }, '/scopes'], [{ scopes: ['x', 'x'] }, '/scopes'], [{ scopes: [text(101)] }, '/scopes/0'], unknown],
  },
  {
    method: 'POST',
    url: '/admin/users',
    largest: { username: text(63), password: text(127), roles: roleNames.slice(1) },
    beyond: [[{ roles: roleNames }, '/roles'], [{ roles: ['member', 'member'] }, '/roles'], [{ roles: [text(65)] }, '/roles/0'], unknown],
  },
  {
    method: 'PATCH',
    url: `/admin/users/${admin.id}`,
    largest: { disabled: false },
    beyond: [[{ disabled: 1 }, '/disabled'], unknown, ...notAnObject],
  },
  { method: 'POST', url: `/admin/users/${admin.id}/password-reset`, largest: {}, beyond: [unknown, ...notAnObject] },
  { method: 'POST', url: '/admin/keys/rotate', largest: {}, beyond: [unknown, ...notAnObject] },
  { method: 'POST', url: '/admin/clients', largest: client, beyond: beyondClient },
  { method: 'PATCH', url: `/admin/clients/${clientId}`, largest: client, beyond: beyondClient },
  {
    method: 'POST',
    url: `/admin/clients/${clientId}/secret`,
    largest: {},
    beyond: [[{ revoke_old: 1 }, '/revoke_old'], unknown, ...notAnObject],
  },
  ...['/admin/clients', '/admin/keys', '/admin/roles', `/admin/users/${admin.id}/sessions`].map((url) => ({
    url,
    largest: page,
    beyond: beyondPage,
  })),
  { url: '/admin/users', largest: { ...page, username: text(64) }, beyond: [[{ username: text(65) }, '/username'], ...beyondPage] },
  {
    url: '/admin/audit',
    largest: { ...page, event: text(100), actor: text(100), since: '2026-01-01T00:00:00Z', until: '2026-01-01T00:00:00.123456+01:00' },
    beyond: [
      [{ event: text(101) }, '/event'],
      [{ actor: text(101) }, '/actor'],
      [{ actor: '\0' }, '/actor'],
      [{ since: '2026-01-01' }, '/since'],
      [{ until: '2026-01-01' }, '/until'],
      ...beyondPage,
    ],
  },
  {
    url: '/verify',
    largest: { scope: text(1024), role: text(64), audience: `urn:${text(1020)}` },
    beyond: [
      [{ scope: text(1025) }, '/scope'],
      [{ role: text(65) }, '/role'],
      [{ role: '' }, '/role'],
      [{ audience: `urn:${text(1021)}` }, '/audience'],
      unknown,
    ],
  },
];

t.test('the largest request that an endpoint takes is no fault, and one with anything more is refused with the place of it', async (t) => {
  for (const name of roleNames) await call('PUT', `/admin/roles/${name}`, { scopes: [] });
  for (const { method, url, largest, beyond } of LIMITS) {
    const faults = async (input: object) => {
      const query = new URLSearchParams(Object.entries(input)).toString();
      const answer = await (method === undefined ? call('GET', `${url}?${query}`) : call(method, url, input));
      return answer.statusCode === 400 ? answer.json<{ errors: { path: string }[] }>().errors.map(({ path }) => path) : [];
    };
    const about = `${method ?? 'GET'} ${url}`;
    for (const [changes, path] of beyond) {
      const input = Array.isArray(changes) ? changes : { ...largest, ...changes };
      const [first] = await faults(input);
      t.equal(first, `${method === undefined ? 'querystring' : 'body'}${path}`, `${about} ${JSON.stringify(changes).slice(0, 80)}`);
    }
    t.strictSame(await faults(largest), [], about);
  }
});
