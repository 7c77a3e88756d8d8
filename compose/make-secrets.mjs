// Generates the secrets of a stack: one file each, only those that don't exist yet. `docker compose up` runs it in its first
// container, into volumes of which each service sees only its own; by hand: `node compose/make-secrets.mjs secrets`.
import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

const [folder = 'secrets', mode = '600'] = process.argv.slice(2);

// Letters and digits only: they are used in URLs, SQL, JSON and shell lines as they are.
const password = () => randomBytes(24).toString('base64').replace(/[+/=]/g, '').slice(0, 24);
const key = () => randomBytes(32).toString('base64');

keep('auth/key_encryption_key', key);
keep('auth/refresh_token_secret', key);
keep('worker/client_secret', () => randomBytes(32).toString('hex'));
keep('people/admin', password);
keep('people/demo', password);
keep('postgres/superuser', password);

/** The services that verify tokens. */
const RESOURCE_SERVICES = ['books'];

for (const service of ['auth', ...RESOURCE_SERVICES]) {
  const database = keep(`postgres/${service}`, password);
  keep(`${service}/database_url`, () => `postgres://${service}:${database}@postgres:5432/${service}`);
  keep(`${service}/redis_url`, () => `redis://${service}:${password()}@redis:6379`);
}

// Such a service, or an attacker who takes it over, can read what was revoked, but can neither forge nor delete it, nor pause or disconnect others.
const rightsToVerify = '~{countersign}:* ~countersign:revoked:* resetchannels -@all +@read -@keyspace +@connection -@dangerous +info';
const verifying = RESOURCE_SERVICES.map((name) => `user ${name} on >${readPassword(`${name}/redis_url`)} ${rightsToVerify}\n`);
// Nobody can sign in as default; but as default Redis replays its own file, and skips what that user may not do in a transaction.
const acl = `user default off resetpass ~{countersign}:* ~countersign:* resetchannels -@all +@write
user health on nopass resetchannels -@all +ping
user auth on >${readPassword('auth/redis_url')} ~{countersign}:* ~countersign:* resetchannels -@all +@read +@write +@scripting +@connection -@dangerous +time +info +config|get
${verifying.join('')}`;
keep('redis/users.acl', () => acl);

/** The file's text; generated first when there is none. Never overwrites: the databases depend on what is there. */
function keep(name, make) {
  const path = join(folder, name);
  mkdirSync(dirname(path), { recursive: true });
  try {
    writeFileSync(path, make(), { mode: Number.parseInt(mode, 8), flag: 'wx', flush: true });
  } catch (error) {
    if (error.code !== 'EEXIST') throw error;
  }
  return readFileSync(path, 'utf8');
}

function readPassword(name) {
  return new URL(readFileSync(join(folder, name), 'utf8')).password;
}
