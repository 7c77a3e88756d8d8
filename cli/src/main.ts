#!/usr/bin/env node
import { runCli } from './run-cli.ts';

const stopping = new AbortController();
// Only once: a second Ctrl-C ends the process, even while it signs out.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stopping.abort());
process.stdout.on('error', ({ code }: NodeJS.ErrnoException) => {
  stopping.abort();
  if (code === 'EPIPE') return; // the reader has had enough, as `head` does
  process.stderr.write(`countersign: the result can't be written: ${code}.\n`);
  process.exitCode = 1;
});
process.stderr.on('error', () => {});

const { env, stdin, stdout, stderr } = process;
const code = await runCli(process.argv.slice(2), { env, stdin, stdout, stderr, signal: stopping.signal });
process.exitCode ??= code;
