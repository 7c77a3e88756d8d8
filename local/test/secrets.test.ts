import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { loadOrMakeSecrets } from '../src/secrets.ts';

t.test('secrets are made once, each its own, in a file that nobody else can read', async (t) => {
  const folder = t.testdir();
  const made = await loadOrMakeSecrets(folder);
  t.equal(new Set(Object.values(made)).size, 5);
  t.equal(statSync(join(folder, 'secrets.json')).mode & 0o777, 0o600);
  t.strictSame(await loadOrMakeSecrets(folder), made);
  t.notSame(await loadOrMakeSecrets(t.testdir()), made);
});

t.test('a file of secrets that lacks some is told by their names, and left as it is', async (t) => {
  const folder = t.testdir();
  const { demoPassword, adminPassword, ...others } = await loadOrMakeSecrets(folder);
  const path = join(folder, 'secrets.json');
  const lacking = JSON.stringify({ ...others, adminPassword: 7 });
  writeFileSync(path, lacking);
  await t.rejects(loadOrMakeSecrets(folder), {
    name: 'StartError',
    message: `${path} lacks adminPassword, demoPassword. Restore it, or remove the whole data folder to start over.`,
  });
  t.equal(readFileSync(path, 'utf8'), lacking);
  writeFileSync(path, JSON.stringify({ ...others, adminPassword, demoPassword }));
  t.match(await loadOrMakeSecrets(folder), others);
});
