import { readFileSync } from 'node:fs';
import { loadConfig } from '@countersign/service/process';
import { testDatabase, testRedis } from '@countersign/testing';
import t from 'tap';
import { settings } from '../src/config.ts';
import { migrations } from '../src/migrations.ts';
import { startBooks } from '../src/start.ts';

t.test('what is measured and what docs/metrics.md says are the same', async (t) => {
  const { db } = await testDatabase(t, { migrations });
  const { redis } = await testRedis(t);
  const required = {
    ISSUER: 'http://localhost:8080',
    DATABASE_URL: 'postgres://none/none',
    REDIS_URL: 'redis://none',
    LOG_LEVEL: 'silent',
  };
  const config = loadConfig(settings, { ...required, JWKS_URL: 'http://127.0.0.1:1/jwks.json' });
  const server = await startBooks({ config, db, redis });
  t.teardown(() => server.close());
  const { body } = await server.inject('/metrics');
  const measured = [...body.matchAll(/^# TYPE ((?!process_|nodejs_)\S+) (\S+)$/gm)].map(([, name, kind]) => `${name} ${kind}`);
  const document = readFileSync(new URL('../../../docs/metrics.md', import.meta.url), 'utf8');
  const section = document.split(/^## /m).find((text) => text.startsWith('Books')) ?? '';
  const documented = [...section.matchAll(/^\| `(\S+)` \| (\S+) \|/gm)].map(([, name, kind]) => `${name} ${kind}`);
  t.strictSame(measured.toSorted(), documented.toSorted());
  t.match(body, /^countersign_revocations_answer_age_seconds \+Inf$/m, 'never yet is too old for any alert');
  t.match(body, /^countersign_revocations_in_sync 0$/m);
});
