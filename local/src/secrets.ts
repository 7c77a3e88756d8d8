import { randomBytes, randomInt } from 'node:crypto';
import { join } from 'node:path';
import { StartError } from '@countersign/service/process';
import { readPrivateJson, writePrivateJson } from './private-file.ts';

/** What the stack can't run without and nobody chose: made at the first start, kept beside the data that depends on it. */
export interface Secrets {
  /** 32 bytes, base64. */
  readonly keyEncryptionKey: string;
  /** 32 bytes, base64. */
  readonly refreshTokenSecret: string;
  readonly adminPassword: string;
  readonly demoPassword: string;
  /** With which the worker signs in. */
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

export function makeSecrets(): Secrets {
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
  throw new StartError(`${path} lacks ${missing.join(', ')}. Put it back as it was, or remove the whole folder to begin anew.`);
}

/** Without the letters that look alike, and without what a shell or JSON would read otherwise: it is copied into `curl` lines. */
const ALPHABET = 'abcdefghijkmnpqrstuvwxyzACDEFGHJKLMNPQRTUVWXY34679';
const PASSWORD_LENGTH = 20;

function makePassword(): string {
  return Array.from({ length: PASSWORD_LENGTH }, () => ALPHABET[randomInt(ALPHABET.length)]).join('');
}
