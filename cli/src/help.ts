import { type Command, optionsOf } from './command.ts';
import { COMMANDS } from './commands/commands.ts';

/** Help on everything (`''`), on a group or on a command. */
export function helpOn(name: string): string {
  const command = COMMANDS.find((one) => one.name === name);
  return command === undefined
    ? overview(COMMANDS.filter((one) => name === '' || one.name.startsWith(`${name} `)))
    : helpOnCommand(command);
}

/** `users set-roles USER ROLE…` */
export function usageOf({ name, arguments: wanted = [] }: Command): string {
  return [name, ...wanted.map((argument) => argument.name + (argument.many ? '…' : ''))].join(' ');
}

export function describeOptions(command: Command): readonly (readonly [option: string, describe: string])[] {
  return Object.entries(optionsOf(command)).map(([name, { value, describe }]) => [
    `--${name}${value === undefined ? '' : ` ${value}`}`,
    describe,
  ]);
}

function overview(commands: readonly Command[]): string {
  const rows = commands.map((command) => [usageOf(command), command.summary] as const);
  return `countersign COMMAND [options]: administers a running auth service.

${alignPairs(rows)}

See countersign COMMAND --help for more. Each command takes --json.
Signs in at COUNTERSIGN_URL as COUNTERSIGN_USERNAME with COUNTERSIGN_PASSWORD (or _FILE), asks at a terminal for what
isn't set, and without COUNTERSIGN_URL uses the stack that npm start runs. Exit code: 0 done, 1 refused, 2 wrong usage.
`;
}

function helpOnCommand(command: Command): string {
  const details = command.details === undefined ? '' : `\n${command.details}\n`;
  return `countersign ${usageOf(command)} [options]

${command.summary}
${details}
${alignPairs(describeOptions(command))}
`;
}

function alignPairs(rows: readonly (readonly [string, string])[]): string {
  const width = Math.max(...rows.map(([left]) => left.length));
  return rows.map(([left, right]) => `  ${left.padEnd(width)}  ${right}`).join('\n');
}
