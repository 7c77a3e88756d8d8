import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Type } from 'typebox';
import { Value } from 'typebox/value';
import type { CliConfig } from './config.ts';
import { Refusal } from './failures.ts';
import { ask, askHidden, isTerminal } from './input/prompt.ts';
import type { Io } from './io.ts';

export interface SignIn {
  readonly origin: string;
  readonly username: string;
  readonly password: string;
}

const LocalStack = Type.Object({
  auth: Type.String(),
  users: Type.Object({ admin: Type.Object({ username: Type.String(), password: Type.String() }) }),
});

const LOOPBACK = ['localhost', '127.0.0.1', '[::1]'];

/**
 * Where to sign in and as whom. The password in the local stack's file is sent nowhere but to that stack.
 *
 * @throws Refusal when that isn't known, and there is no terminal to ask at
 */
export async function getSignIn({ url, username, password, dataDir }: CliConfig, io: Io): Promise<SignIn> {
  const local = url === null ? await readLocalStack(join(dataDir, 'local.json')) : null;
  const origin = local?.origin ?? url;
  if (origin === null) throw new Refusal(noStack(dataDir));
  if (username === null && password === null && local !== null) return local;
  const given = username ?? (await askFor(io, 'COUNTERSIGN_USERNAME', () => ask(io, `Administrator at ${origin}: `)));
  return {
    origin,
    username: given,
    password: password ?? (await askFor(io, 'COUNTERSIGN_PASSWORD', () => askHidden(io, `Password of ${given} at ${origin}: `))),
  };
}

async function readLocalStack(path: string): Promise<SignIn | null> {
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null;
    throw new Refusal(`${path} can't be read: ${error.code}.`, { cause: error });
  });
  if (text === null) return null;
  const stack = parse(text);
  if (!Value.Check(LocalStack, stack) || !LOOPBACK.includes(URL.parse(stack.auth)?.hostname ?? '')) {
    throw new Refusal(`${path} is not a file that npm start wrote.`);
  }
  return { origin: stack.auth, ...stack.users.admin };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

async function askFor(io: Io, variable: string, question: () => Promise<string>): Promise<string> {
  if (!isTerminal(io)) throw new Refusal(`${variable} is not set, and there is no terminal to ask at.`);
  const answer = await question();
  if (answer === '') throw new Refusal('There was no answer: nothing was changed.');
  return answer;
}

function noStack(dataDir: string): string {
  return `COUNTERSIGN_URL is not set, and there is no ${join(dataDir, 'local.json')}, which npm start writes: start the local stack, or set COUNTERSIGN_URL.`;
}
