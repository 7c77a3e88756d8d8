import { loadConfig } from '@countersign/service/process';
import t from 'tap';
import { settings } from '../src/config.ts';

const REQUIRED = {
  ISSUER: 'http://localhost:8080',
  DATABASE_URL: 'postgres://books@127.0.0.1/books',
  REDIS_URL: 'redis://127.0.0.1',
};

t.test('what nobody sets has the value that clients and operators rely on', async (t) => {
  t.match(loadConfig(settings, REQUIRED), {
    host: '127.0.0.1',
    port: 4002,
    audience: ['urn:countersign:api', 'urn:countersign:books'],
    jwksUrl: null,
    allowedAlgs: ['EdDSA', 'ES256', 'RS256'],
    clockToleranceSeconds: 5,
    migrateOnStart: true,
    revocationMaxStalenessSeconds: 30,
    revocationMaxSilenceSeconds: 900,
    revocationOnStale: 'reject',
    corsOrigins: [],
    logLevel: 'info',
  });
});

t.test('what has no default is missed by name, all of it at once', async (t) => {
  for (const name of Object.keys(REQUIRED)) t.throws(() => loadConfig(settings, {}), { message: new RegExp(`- ${name} is required`) });
  t.throws(() => loadConfig(settings, {}), { message: 'The configuration has 3 faults' });
});
