import { parseArgs } from 'node:util';
import { type Command, optionsOf, YES } from './command.ts';
import { COMMANDS } from './commands/commands.ts';
import { UsageError } from './failures.ts';

export interface CommandLine {
  readonly command: Command;
  readonly arguments: readonly string[];
  readonly options: Readonly<Record<string, string | boolean | undefined>>;
}

/** A request for help: on everything, a group (`users`), or a command (`users list`). */
export interface HelpWanted {
  readonly helpOn: string;
}

/** @throws UsageError that names what is wrong */
export function parseCommandLine(args: readonly string[]): CommandLine | HelpWanted {
  const [group = '', verb = '', ...rest] = args;
  if (group === '--help' || group === '-h') return { helpOn: '' };
  if (group === 'help') return parseCommandLine([...args.slice(1), '--help']);
  if (group === '') throw new UsageError('The command is missing.');
  if (group.startsWith('-')) throw new UsageError(`Options come after the command, not before it: ${group}.`);
  const inGroup = COMMANDS.filter(({ name }) => name.startsWith(`${group} `));
  if (inGroup.length === 0) throw new UsageError(`There is no command ${JSON.stringify(group)}.`);
  if (verb === '--help' || verb === '-h') return { helpOn: group };
  const verbs = inGroup.map(({ name }) => name.slice(group.length + 1)).join(', ');
  if (verb === '') throw new UsageError(`${group} needs a second word, one of: ${verbs}.`);
  const command = inGroup.find(({ name }) => name === `${group} ${verb}`);
  if (command === undefined) throw new UsageError(`There is no command ${JSON.stringify(`${group} ${verb}`)}; ${group} has: ${verbs}.`);
  if (rest.includes('--help') || rest.includes('-h')) return { helpOn: command.name };
  return parseArguments(command, rest);
}

function parseArguments(command: Command, args: readonly string[]): CommandLine {
  const { values, positionals, tokens } = splitArguments(command, args);
  const names = tokens.flatMap((token) => (token.kind === 'option' ? [token.name] : []));
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) throw new UsageError(`--${twice} is given twice.`);
  checkCount(command, positionals);
  return { command, arguments: positionals, options: { ...values } };
}

/** Node's own parser, with its refusals in our words. */
function splitArguments(command: Command, args: readonly string[]) {
  const known = optionsOf(command);
  // A script may pass --yes to any command; only those that ask list it in their help.
  const options = Object.fromEntries(
    Object.entries({ ...known, ...YES }).map(([name, { value }]) => [
      name,
      { type: value === undefined ? ('boolean' as const) : ('string' as const) },
    ]),
  );
  try {
    return parseArgs({ args: [...args], options, allowPositionals: true, tokens: true });
  } catch (cause) {
    // Node's message names the option first; the hint after it is longer than ours.
    const [sentence = ''] = (cause as Error).message.split(/[.\n] ?/);
    const taken = Object.keys(known).map((name) => `--${name}`);
    throw new UsageError(`${sentence}. ${command.name} takes: ${taken.join(', ')}.`, { cause });
  }
}

function checkCount({ name, arguments: wanted = [] }: Command, given: readonly string[]): void {
  const missing = wanted[given.length];
  if (missing !== undefined && !missing.many) throw new UsageError(`${name}: ${missing.name} is missing.`);
  const surplus = given[wanted.length];
  if (surplus !== undefined && !wanted.at(-1)?.many) throw new UsageError(`${name}: unexpected argument ${JSON.stringify(surplus)}.`);
  if (given.includes('')) throw new UsageError(`${name}: an argument is empty.`);
}
