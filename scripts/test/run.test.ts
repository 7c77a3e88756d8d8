import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { until } from '@countersign/testing';
import t from 'tap';

const root = join(import.meta.dirname, '../..');

/** Writes its pid when it is ready, and the signal that ends it. */
const PATIENT = `
  const { writeFileSync } = require('node:fs');
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
    process.on(signal, () => {
      writeFileSync(process.argv[1] + '.signal', signal);
      process.exit(7);
    });
  }
  setInterval(() => {}, 1000);
  writeFileSync(process.argv[1], String(process.pid));
`;

function run(program: string, args: readonly string[]): ChildProcess {
  return spawn(program, args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, npm_lifecycle_event: 'test' } });
}

/** Starts the patient program through run.mjs; returns the file that it writes to. */
async function startPatient(t: { teardown(close: () => unknown): unknown }, prefix: readonly string[] = []) {
  const folder = mkdtempSync(join(tmpdir(), 'countersign-run-'));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  const file = join(folder, 'pid');
  const [program, ...args] = [...prefix, process.execPath, 'scripts/run.mjs', 'node', '-e', PATIENT, file];
  const child = run(program, args);
  t.teardown(() => child.kill('SIGKILL'));
  await until(() => existsSync(file) && readFileSync(file, 'utf8') !== '', { timeoutMs: 10_000 });
  return { child, file };
}

t.test('run.mjs runs node as the Node of the repository, and hands on its exit code', async (t) => {
  const child = run(process.execPath, ['scripts/run.mjs', 'node', '-e', 'console.log(process.execPath); process.exit(7)']);
  const output: Buffer[] = [];
  child.stdout?.on('data', (text: Buffer) => output.push(text));
  t.strictSame(await once(child, 'close'), [7, null]);
  t.match(Buffer.concat(output).toString(), process.platform === 'linux' ? /node_modules\/.*bin\/node/ : /node/);
});

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  t.test(`run.mjs hands on ${signal} and waits for the end`, async (t) => {
    const { child, file } = await startPatient(t);
    child.kill(signal);
    t.strictSame(await once(child, 'exit'), [7, null]);
    t.equal(readFileSync(`${file}.signal`, 'utf8'), signal);
  });
}

t.test('run.mjs stops what it runs when the npm that started it is killed', async (t) => {
  // The shell takes the place of npm: it dies of SIGKILL, which can't be forwarded.
  const { child, file } = await startPatient(t, ['/bin/sh', '-c', '"$@"; exit $?', 'npm']);
  child.kill('SIGKILL');
  t.equal(await until(() => existsSync(`${file}.signal`) && readFileSync(`${file}.signal`, 'utf8')), 'SIGTERM');
});

t.test('a command that does not exist is named, with exit code 1', async (t) => {
  const child = run(process.execPath, ['scripts/run.mjs', 'no-such-command']);
  const output: Buffer[] = [];
  child.stderr?.on('data', (text: Buffer) => output.push(text));
  t.strictSame(await once(child, 'close'), [1, null]);
  t.match(Buffer.concat(output).toString(), /no-such-command cannot be started/);
});
