import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import t from 'tap';

const pathOf = (file: string) => fileURLToPath(new URL(`../../${file}`, import.meta.url));
const read = (file: string) => readFileSync(pathOf(file), 'utf8');
const matches = (text: string, pattern: RegExp) => [...new Set([...text.matchAll(pattern)].map(([, found = '']) => found))];

const compose = read('docker-compose.yml');
const services = matches(compose, /^ +command: node services\/([a-z-]+)\/src\/main\.ts$/gm);

t.test('every secret that docker-compose.yml names is made, and every service with a Redis URL has a Redis user', async (t) => {
  const folder = t.testdir();
  execFileSync(process.execPath, [pathOf('scripts/make-secrets.mjs'), folder]);
  const named = matches(compose, /_FILE: \/run\/countersign\/(\S+)$/gm);
  t.ok(named.includes('books/redis_url'));
  t.strictSame(
    named.filter((name) => !existsSync(join(folder, name))),
    [],
    'scripts/make-secrets.mjs makes it',
  );
  const users = matches(readFileSync(join(folder, 'redis/users.acl'), 'utf8'), /^user (\S+) /gm);
  const withRedis = matches(compose, /_FILE: \/run\/countersign\/(\S+)\/redis_url$/gm);
  t.strictSame(
    withRedis.filter((service) => !users.includes(service)),
    [],
    'scripts/make-secrets.mjs writes its line of the ACL',
  );
});

t.test('every service of docker-compose.yml has what it imports in the image, and its database in Postgres', async (t) => {
  t.ok(services.includes('books'));
  const image = read('Dockerfile');
  t.strictSame(
    services.filter((service) => !image.includes(`--filter-prod "@countersign/${service}..."`)),
    [],
    'Dockerfile installs its dependencies',
  );
  const [, made = ''] = /^for service in (.*); do$/m.exec(read('compose/make-databases.sh')) ?? [];
  const withDatabase = matches(compose, /_FILE: \/run\/countersign\/(\S+)\/database_url$/gm);
  t.strictSame(withDatabase.toSorted(), made.split(' ').toSorted(), 'compose/make-databases.sh makes it');
});
