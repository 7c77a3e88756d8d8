import { ConfigError, loadConfig, type Settings } from '@countersign/service/process';
import { type LocalConfig, settings } from './config.ts';
import { type Environment, serviceEnvironment } from './service-environment.ts';
import { SETTINGS } from './services.ts';

/**
 * The stack's own settings. Checks those of the services too, so that every fault is reported before anything starts.
 *
 * @throws ConfigError that lists all faults
 */
export function readSettings(env: Environment): LocalConfig {
  const sample = serviceEnvironment(env, { port: 0, gatewayPort: 1, redisUrl: 'redis://127.0.0.1:1' }, SAMPLE_SECRETS);
  const ofServices = Object.values<Settings>(SETTINGS).flatMap((all) => findFaults(all, sample));
  const faults = [...findFaults(settings, env), ...ofServices];
  if (faults.length > 0) throw new ConfigError([...new Set(faults)]);
  return loadConfig(settings, env);
}

const SAMPLE_KEY = Buffer.alloc(32).toString('base64');
const SAMPLE_SECRETS = {
  keyEncryptionKey: SAMPLE_KEY,
  refreshTokenSecret: SAMPLE_KEY,
  adminPassword: 'a sample of a password',
  demoPassword: 'sample',
  workerClientSecret: SAMPLE_KEY,
};

function findFaults(all: Settings, env: Environment): readonly string[] {
  try {
    loadConfig(all, env);
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.faults;
    throw error;
  }
}
