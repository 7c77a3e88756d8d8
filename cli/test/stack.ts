import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { type Owner, startProcess, until } from '@countersign/testing';
import { runCli } from '../src/run-cli.ts';

type Answer = string | (() => Promise<string>);

export interface Given {
  readonly env?: Readonly<Record<string, string>>;
  /** The content of standard input. */
  readonly input?: string;
  /** A user at a terminal who types these lines, one for each question; a function waits first. */
  readonly typed?: readonly Answer[];
  /** Ctrl-C is pressed as soon as this holds of standard output. */
  readonly stopWhen?: (stdout: string) => boolean;
}

export interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Stack {
  readonly auth: string;
  readonly books: string;
  readonly admin: { readonly username: string; readonly password: string };
  readonly dataDir: string;
  /** Runs one command line on the stack, found by its data folder. */
  cli(args: string, given?: Given): Promise<Ran>;
  /** The same with `--json`. @throws Error when it isn't done */
  json<Document = Record<string, unknown>>(args: string, given?: Given): Promise<Document[]>;
  /** A file with this text. */
  file(name: string, text: string): string;
}

const STACK = fileURLToPath(new URL('../../local/src/main.ts', import.meta.url));

/** What `npm start` runs: a complete auth service, in a separate process. */
export async function startStack(owner: Owner, settings: Readonly<Record<string, string>> = {}): Promise<Stack> {
  const dataDir = mkdtempSync(join(tmpdir(), 'countersign-cli-'));
  owner.teardown(() => rmSync(dataDir, { recursive: true, force: true, maxRetries: 3 }));
  // Every command signs in, and all of them come from one address.
  const limits = { LOGIN_ATTEMPTS_PER_ADDRESS: '100000' };
  const env = { DATA_DIR: dataDir, GATEWAY_PORT: '0', AUTH_PORT: '0', BOOKS_PORT: '0', ...limits, ...settings };
  const stack = await startProcess(owner, STACK, { env });
  await until(() => stack.stdout().includes('Ctrl-C stops this.'), { timeoutMs: 120_000, everyMs: 25 });
  const { auth, books, users } = JSON.parse(readFileSync(join(dataDir, 'local.json'), 'utf8')) as {
    auth: string;
    books: string;
    users: { admin: { username: string; password: string } };
  };
  const cli = (args: string, given: Given = {}) => run(args.split(' '), { ...given, env: { DATA_DIR: dataDir, ...given.env } });
  return {
    auth,
    books,
    admin: users.admin,
    dataDir,
    cli,
    async json<Document>(args: string, given?: Given) {
      const { code, stdout, stderr } = await cli(`${args} --json`, given);
      if (code !== 0) throw new Error(`${args}: ${code}: ${stderr}`);
      return linesOf(stdout).map((line) => JSON.parse(line) as Document);
    },
    file: (name, text) => {
      const path = join(dataDir, name);
      writeFileSync(path, text);
      return path;
    },
  };
}

export async function run(args: readonly string[], { env = {}, input, typed, stopWhen }: Given): Promise<Ran> {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  const told = { stdout: '', stderr: '' };
  const stopping = new AbortController();
  stdout.on('data', (text: Buffer) => {
    told.stdout += text.toString();
    if (stopWhen?.(told.stdout)) stopping.abort();
  });
  const answers = [...(typed ?? [])];
  const stdin = Object.assign(new PassThrough(), { isTTY: typed !== undefined });
  const type = async (answer: Answer) => stdin.write(typeof answer === 'string' ? answer : await answer());
  stderr.on('data', (text: Buffer) => {
    told.stderr += text.toString();
    const isQuestion = /(: |\[y\/N\] )/.test(text.toString());
    const answer = typed !== undefined && isQuestion ? answers.shift() : undefined;
    if (answer !== undefined) setImmediate(() => void type(answer));
  });
  if (typed === undefined) stdin.end(input ?? '');
  const code = await runCli(args, { env, stdin, stdout, stderr, signal: stopping.signal });
  return { code, ...told };
}

export function linesOf(text: string): string[] {
  return text.split('\n').filter((line) => line !== '');
}
