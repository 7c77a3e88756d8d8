import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { needsReal, startPostgres } from '@countersign/testing';
import t from 'tap';

const pathOf = (file: string) => fileURLToPath(new URL(`../../${file}`, import.meta.url));
const read = (file: string) => readFileSync(pathOf(file), 'utf8');
const matches = (text: string, pattern: RegExp) => [...new Set([...text.matchAll(pattern)].map(([, found = '']) => found))];

const compose = read('docker-compose.yml');
const services = matches(compose, /^ +command: node services\/([a-z-]+)\/src\/main\.ts$/gm);

t.test('every secret that docker-compose.yml names is made, and every service with a Redis URL has a Redis user', async (t) => {
  const folder = t.testdir();
  execFileSync(process.execPath, [pathOf('compose/make-secrets.mjs'), folder]);
  const named = matches(compose, /_FILE: \/run\/countersign\/(\S+)$/gm);
  t.ok(named.includes('books/redis_url'));
  t.strictSame(
    named.filter((name) => !existsSync(join(folder, name))),
    [],
    'compose/make-secrets.mjs makes it',
  );
  const users = matches(readFileSync(join(folder, 'redis/users.acl'), 'utf8'), /^user (\S+) /gm);
  const withRedis = matches(compose, /_FILE: \/run\/countersign\/(\S+)\/redis_url$/gm);
  t.strictSame(
    withRedis.filter((service) => !users.includes(service)),
    [],
    'compose/make-secrets.mjs writes its line of the ACL',
  );
});

t.test('the image has what each service imports', (t) => {
  t.ok(services.includes('books'));
  t.match(read('Dockerfile'), '--filter-prod "{./services/*}..."');
  t.end();
});

t.test('every service that docker-compose.yml gives a database URL has a database in Postgres, which no other can enter', async (t) => {
  if (!needsReal(t, 'postgres')) return;
  const folder = t.testdir();
  execFileSync(process.execPath, [pathOf('compose/make-secrets.mjs'), folder]);
  const { port } = await startPostgres(t);
  const script = read('compose/make-databases.sh').replaceAll('/run/countersign', folder);
  const env = { ...process.env, POSTGRES_USER: 'postgres', PGHOST: '127.0.0.1', PGPORT: String(port) };
  execFileSync('bash', ['-c', script], { env, stdio: 'ignore' });

  const withDatabase = matches(compose, /_FILE: \/run\/countersign\/(\S+)\/database_url$/gm);
  t.ok(withDatabase.includes('books'));
  for (const service of withDatabase) {
    const url = new URL(readFileSync(join(folder, service, 'database_url'), 'utf8').replace('postgres:5432', `127.0.0.1:${port}`));
    for (const database of [...withDatabase, 'postgres', 'template1']) {
      url.pathname = database;
      const { status, stderr } = spawnSync('psql', ['--no-psqlrc', '-c', 'create table its_own ()', url.href], { encoding: 'utf8' });
      if (database === service) t.equal(status, 0, `${service} has a database`);
      else t.match(stderr, 'permission denied for database', `${service} can't enter ${database}`);
    }
  }
});
