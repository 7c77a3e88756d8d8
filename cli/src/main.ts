#!/usr/bin/env node
import { runCli } from './run-cli.ts';

const stopping = new AbortController();
// Once: a second Ctrl-C ends the process, even while it signs out.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stopping.abort());
// The reader has had enough, as `head` does.
process.stdout.on('error', () => stopping.abort());
process.stderr.on('error', () => {});

const { env, stdin, stdout, stderr } = process;
process.exitCode = await runCli(process.argv.slice(2), { env, stdin, stdout, stderr, signal: stopping.signal });
