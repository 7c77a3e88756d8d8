import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Owner, type StartedProcess, startProcess, until } from '@countersign/testing';

export interface SignIn {
  readonly username: string;
  readonly password: string;
}

/** The content of `.data/local.json`. */
export interface Addresses {
  readonly gateway: string;
  readonly auth: string;
  readonly books: string;
  readonly redis: string;
  readonly users: { readonly demo: SignIn; readonly admin: SignIn };
}

export interface LocalStack extends Addresses {
  readonly process: StartedProcess;
  readonly dataDir: string;
}

const MAIN = fileURLToPath(new URL('../local/src/main.ts', import.meta.url));
/** A first start on a machine that is busy with other tests. */
const STARTS_WITHIN_MS = 120_000;

/** A folder for a stack's data, gone afterwards. */
export function newDataDir(owner: Owner): string {
  const dataDir = mkdtempSync(join(tmpdir(), 'countersign-acceptance-'));
  owner.teardown(() => rmSync(dataDir, { recursive: true, force: true, maxRetries: 3 }));
  return dataDir;
}

/** Runs what `npm start` runs, on free ports, until the owner ends; resolves when it is ready. */
export async function startLocalStack(
  owner: Owner,
  env: Readonly<Record<string, string>> = {},
  dataDir = newDataDir(owner),
): Promise<LocalStack> {
  const process = await runLocalStack(owner, { DATA_DIR: dataDir, ...env });
  let ended = false;
  void process.exit.then(() => {
    ended = true;
  });
  const ready = await until(() => ended || process.stdout().includes('Ctrl-C stops this.'), { timeoutMs: STARTS_WITHIN_MS, everyMs: 25 });
  if (ended || !ready) throw new Error(`The stack did not start:\n${process.stdout()}${process.stderr()}`);
  return { ...readAddresses(dataDir), process, dataDir };
}

/** Starts it without waiting. */
export function runLocalStack(owner: Owner, env: Readonly<Record<string, string>>): Promise<StartedProcess> {
  return startProcess(owner, MAIN, { env: { GATEWAY_PORT: '0', AUTH_PORT: '0', BOOKS_PORT: '0', ...env } });
}

export function readAddresses(dataDir: string): Addresses {
  return JSON.parse(readFileSync(join(dataDir, 'local.json'), 'utf8')) as Addresses;
}

export interface Tokens {
  readonly access_token: string;
  readonly refresh_token: string;
}

/** @throws Error with what was answered, when that is no sign-in */
export async function logIn(
  gateway: string,
  login: SignIn & { readonly scope?: string },
  headers: Readonly<Record<string, string>> = {},
): Promise<Tokens> {
  const answer = await fetch(`${gateway}/login`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(login),
  });
  if (answer.status !== 200) throw new Error(`login: ${answer.status} ${await answer.text()}`);
  return (await answer.json()) as Tokens;
}
