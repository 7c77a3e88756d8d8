// Runs a command of this repository on a machine with only Node (18 or later) and npm: installs what is missing, then starts the command on
// the Node that the repository is written for. Uses no package, and only what Node 18 has.
//
//   node scripts/run.mjs node local/src/main.ts
import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { constants } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const PNPM = 'pnpm@12.21.0';
/** The first version that runs TypeScript files without a flag. */
const OLDEST_NODE = [22, 18];
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'];

const root = fileURLToPath(new URL('..', import.meta.url));
const [command, ...args] = process.argv.slice(2);

if (command === undefined) fail('usage: node scripts/run.mjs <command> [arguments]');
if (!isInstalled()) await install();
run(command === 'node' ? findNode() : command, args);

/** pnpm keeps a copy of the lockfile that it installed. */
function isInstalled() {
  const installed = join(root, 'node_modules/.pnpm/lock.yaml');
  return existsSync(installed) && readFileSync(installed).equals(readFileSync(join(root, 'pnpm-lock.yaml')));
}

async function install() {
  const slow = setTimeout(() => process.stderr.write('Installing packages, which takes some seconds the first time…\n'), 1000);
  // --prefer-offline: a machine without a network but with a filled cache installs in seconds instead of after retries.
  const installer = spawn('npx', ['--yes', '--prefer-offline', PNPM, 'install', '--frozen-lockfile'], {
    cwd: root,
    // With CI set, pnpm asks no questions.
    env: { ...process.env, CI: 'true' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const output = [];
  installer.stdout.on('data', (text) => output.push(text));
  installer.stderr.on('data', (text) => output.push(text));
  const fault = await new Promise((resolve) => {
    installer.once('error', (error) => resolve(`npx cannot be started: ${error.message}`));
    installer.once('close', (code, signal) => resolve(code === 0 ? null : `pnpm ended with ${signal ?? code}`));
  });
  clearTimeout(slow);
  if (fault !== null) fail(`${Buffer.concat(output)}\nThe packages could not be installed: ${fault}.`);
}

/** The binary that came with the packages, else the machine's own Node if that is new enough (macOS, musl). */
function findNode() {
  const packaged = join(root, 'node_modules', `node-${process.platform}-${process.arch}`, 'bin/node');
  if (existsSync(packaged)) return packaged;
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major > OLDEST_NODE[0] || (major === OLDEST_NODE[0] && minor >= OLDEST_NODE[1])) return process.execPath;
  return fail(
    `Countersign needs Node ${OLDEST_NODE.join('.')} or later: the packages include none for ${process.platform} ${process.arch}, and this one is ${process.versions.node}.`,
  );
}

function run(program, parameters) {
  const path = [join(root, 'node_modules/.bin'), process.env.PATH].join(delimiter);
  // Node keeps compiled modules there: a second start spends a fifth less time loading.
  const cache = process.env.NODE_COMPILE_CACHE ?? join(root, 'node_modules/.cache/node');
  const child = spawn(program, parameters, { cwd: root, env: { ...process.env, PATH: path, NODE_COMPILE_CACHE: cache }, stdio: 'inherit' });
  const received = new Set();
  const handOn = (signal) => {
    if (!received.has(signal)) child.kill(signal);
    received.add(signal);
  };
  for (const signal of SIGNALS) {
    process.on(signal, () => {
      // Ctrl-C at a terminal has already reached the child, as part of the terminal's process group.
      if (signal !== 'SIGINT' || !process.stdin.isTTY) handOn(signal);
    });
  }
  stopWhenNpmIsGone(() => handOn('SIGTERM'));
  child.once('error', (error) => fail(`${program} cannot be started: ${error.message}`));
  // As shells do: 128 plus the signal's number.
  child.once('exit', (code, signal) => process.exit(code ?? 128 + constants.signals[signal]));
}

/** When npm is killed, its children live on, and this process would hold its ports forever. */
function stopWhenNpmIsGone(stop) {
  if (process.env.npm_lifecycle_event === undefined) return;
  const npm = process.ppid;
  setInterval(() => process.ppid !== npm && stop(), 250).unref();
}

function fail(message) {
  process.stderr.write(`${message}\n`);
  process.exit(1);
}
