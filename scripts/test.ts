// `npm test`, or `npm test -- packages/tokens` for a part: one tap run, on real servers where the machine has them.
// With CI=true nothing may be skipped.
import { spawn } from 'node:child_process';
import { globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { readTapReport, type TapReport } from './tap-report.ts';
import { openServers, type TestServers } from './test-servers.ts';

const TEST_FILES = [
  '{packages,services}/*/test/**/*.test.ts',
  '{cli,local,bench}/**/test/**/*.test.ts',
  '{test,scripts/test}/**/*.test.ts',
];

const isCI = process.env.CI === 'true';
const files = selectFiles(process.argv.slice(2));
if (files.length === 0) end('No test file matches.', 1);

const servers = await openServers(process.env).catch((error: Error) => end(error.message, 1));
if (isCI && servers.uncovered !== null) {
  await servers.close();
  end(`With CI=true nothing may be skipped. ${servers.uncovered}`, 1);
}
const { exitCode, report } = await runTap(files, servers);
await servers.close();

const faults = [
  ...report.failed.map((title) => `Failed: ${title}`),
  ...report.withoutAssertions.map((title) => `Without an assertion: ${title}`),
  ...(isCI ? report.skipped.map((title) => `Skipped, which CI=true forbids: ${title}`) : []),
];
for (const fault of faults) console.log(fault);
if (report.skipped.length > 0) console.log(`Skipped: ${report.skipped.length}.`);
if (servers.uncovered !== null) console.log(servers.uncovered);
// tap counts neither files without an assertion nor a run that broke off.
const failures = Math.max(report.fail + faults.length - report.failed.length, exitCode === 0 ? 0 : 1);
console.log(`\n${report.pass} passed, ${failures} failed`);
process.exitCode = failures === 0 ? 0 : 1;

function selectFiles(wanted: readonly string[]): string[] {
  const all = globSync(TEST_FILES, { exclude: ['**/node_modules/**'] }).toSorted();
  const starts = wanted.map((path) => path.replace(/^\.\//, ''));
  return starts.length === 0 ? all : all.filter((file) => starts.some((start) => file.startsWith(start)));
}

async function runTap(paths: readonly string[], { env }: TestServers): Promise<{ exitCode: number; report: TapReport }> {
  // With more than four in parallel, the embedded databases would only compete for memory.
  const jobs = Math.min(Math.max(availableParallelism(), 2), 4);
  const folder = mkdtempSync(join(tmpdir(), 'countersign-tap-'));
  const output = join(folder, 'report.tap');
  // At a terminal tap shows its progress and writes the report to a file; elsewhere it prints the report.
  const atTerminal = process.stdout.isTTY;
  const tap = spawn('tap', [`--jobs=${jobs}`, ...(atTerminal ? [`--output-file=${output}`] : ['--reporter=tap']), ...paths], {
    stdio: ['inherit', atTerminal ? 'inherit' : 'pipe', 'inherit'],
    env,
  });
  const printed: Buffer[] = [];
  tap.stdout?.on('data', (text: Buffer) => printed.push(text)).pipe(process.stdout, { end: false });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => tap.kill(signal));
  try {
    const exitCode = await new Promise<number>((resolve, reject) => {
      tap.once('error', reject);
      tap.once('close', (code) => resolve(code ?? 1));
    });
    return { exitCode, report: readTapReport(atTerminal ? readFileSync(output, 'utf8') : Buffer.concat(printed).toString()) };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function end(message: string, code: number): never {
  console.error(message);
  process.exit(code);
}
