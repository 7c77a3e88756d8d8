import { loadConfig } from '@countersign/service/process';
import t from 'tap';
import { gatewayOrigin, serviceEnvironment } from '../src/service-environment.ts';
import { SETTINGS } from '../src/services.ts';

const KEY = Buffer.alloc(32).toString('base64');
const SECRETS = {
  keyEncryptionKey: KEY,
  refreshTokenSecret: KEY,
  adminPassword: 'of the administrator',
  demoPassword: 'of the member',
  workerClientSecret: KEY,
};

t.test('the issuer is the origin of the gateway, as one writes it, also on the port of http', async (t) => {
  for (const [gatewayPort, origin] of [
    [8080, 'http://localhost:8080'],
    [80, 'http://localhost'],
  ] as const) {
    t.equal(gatewayOrigin(gatewayPort), origin);
    const environment = serviceEnvironment({}, { port: 0, gatewayPort, redisUrl: 'redis://127.0.0.1:1' }, SECRETS);
    for (const settings of [SETTINGS.auth, SETTINGS.books]) t.equal(loadConfig(settings, environment).issuer, origin);
    t.doesNotThrow(() => loadConfig(SETTINGS.worker, environment));
  }
});
