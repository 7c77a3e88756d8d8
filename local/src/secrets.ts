import { randomBytes, randomInt } from 'node:crypto';
import { join } from 'node:path';
import { StartError } from '@countersign/problems';
import { readPrivateJson, writePrivateJson } from './private-file.ts';
import { START_OVER } from './start-over.ts';

/** The secrets that the stack needs and nobody chose: generated at the first start, and kept beside the data that depends on them. */
export interface Secrets {
  /** 32 bytes, base64. */
  readonly keyEncryptionKey: string;
  /** 32 bytes, base64. */
  readonly refreshTokenSecret: string;
  readonly adminPassword: string;
  readonly demoPassword: string;
  readonly workerClientSecret: string;
}

const NAMES = [
  'keyEncryptionKey',
  'refreshTokenSecret',
  'adminPassword',
  'demoPassword',
  'workerClientSecret',
] as const satisfies readonly (keyof Secrets)[];

export async function loadOrMakeSecrets(dataDir: string): Promise<Secrets> {
  const path = join(dataDir, 'secrets.json');
  const found = await readPrivateJson(path);
  if (found !== null) return parseSecrets(found, path);
  const made = makeSecrets();
  await writePrivateJson(path, made);
  return made;
}

function makeSecrets(): Secrets {
  return {
    keyEncryptionKey: randomBytes(32).toString('base64'),
    refreshTokenSecret: randomBytes(32).toString('base64'),
    adminPassword: makePassword(),
    demoPassword: makePassword(),
    workerClientSecret: randomBytes(32).toString('hex'),
  };
}

function parseSecrets(found: unknown, path: string): Secrets {
  const secrets = found as Partial<Record<string, unknown>>;
  const missing = NAMES.filter((name) => typeof secrets[name] !== 'string');
  if (missing.length === 0) return found as Secrets;
  throw new StartError(`${path} lacks ${missing.join(', ')}. ${START_OVER}`);
}

/** No letters that look alike, and no characters special to a shell or JSON: passwords are copied into `curl` lines. */
const ALPHABET = 'abcdefghijkmnpqrstuvwxyzACDEFGHJKLMNPQRTUVWXY34679';
const PASSWORD_LENGTH = 20;

function makePassword(): string {
  return Array.from({ length: PASSWORD_LENGTH }, () => ALPHABET[randomInt(ALPHABET.length)]).join('');
}
