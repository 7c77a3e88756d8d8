import { ConfigError, loadConfig } from '@countersign/service/process';
import { type Api, createApi } from './api.ts';
import type { Context } from './command.ts';
import { settings } from './config.ts';
import { createConfirm } from './confirm.ts';
import { Interrupted, Refusal, UsageError } from './failures.ts';
import { helpOn } from './help.ts';
import type { Io } from './io.ts';
import { createOutput } from './output/output.ts';
import { printable } from './output/printable.ts';
import { type CommandLine, parseCommandLine } from './parse-command-line.ts';
import { getSignIn } from './sign-in.ts';

const DONE = 0;
const REFUSED = 1;
const WRONG_USAGE = 2;
/** Shells' exit code for a command ended by Ctrl-C. */
const INTERRUPTED = 130;

/** Runs one command line. @returns the exit code */
export async function runCli(args: readonly string[], io: Io): Promise<number> {
  try {
    const line = parseCommandLine(args);
    if ('helpOn' in line) {
      io.stdout.write(helpOn(line.helpOn));
      return DONE;
    }
    return await runCommand(line, io);
  } catch (error) {
    if (io.signal.aborted) return INTERRUPTED;
    return tell(io, error);
  }
}

async function runCommand({ command, arguments: given, options }: CommandLine, io: Io): Promise<number> {
  const config = loadConfig(settings, io.env);
  const api: Api = createApi(() => getSignIn(config, io), io.signal);
  const context: Context = {
    io,
    api,
    output: createOutput(io, { json: options.json === true }),
    confirm: createConfirm(io, { yes: options.yes === true }),
  };
  try {
    return (await command.run({ arguments: given, options }, context)) ?? DONE;
  } finally {
    await api.signOut().catch((error: Error) => io.stderr.write(`countersign: could not sign out: ${printable(error.message)}\n`));
  }
}

function tell(io: Io, error: unknown): number {
  if (error instanceof UsageError) {
    io.stderr.write(`countersign: ${printable(error.message)} See countersign --help.\n`);
    return WRONG_USAGE;
  }
  if (error instanceof ConfigError) {
    io.stderr.write(`countersign: ${error.message}\n`);
    return WRONG_USAGE;
  }
  if (error instanceof Refusal) {
    io.stderr.write(`countersign: ${error.message.split('\n').map(printable).join('\n')}\n`);
    return error instanceof Interrupted ? INTERRUPTED : REFUSED;
  }
  // A bug of ours: shows its message, not its stack.
  io.stderr.write(`countersign: something went wrong in the command itself: ${printable((error as Error).message)}\n`);
  return REFUSED;
}
