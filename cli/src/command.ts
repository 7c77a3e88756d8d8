import type { Api } from './api.ts';
import type { Io } from './io.ts';
import type { Output } from './output/output.ts';

export interface Context {
  readonly io: Io;
  readonly api: Api;
  readonly output: Output;
  /** Returns when the user agrees to continue. @throws Refusal otherwise */
  confirm(question: string): Promise<void>;
}

export interface Argument {
  /** In capitals, as in the help: `USER`. */
  readonly name: string;
  readonly many?: true;
}

export interface Option {
  readonly describe: string;
  /** The name of its value, in capitals; without it the option is a switch. */
  readonly value?: string;
}

type Options = Readonly<Record<string, Option>>;

type ValueOf<O extends Option> = O extends { readonly value: string } ? string : 'value' extends keyof O ? string | boolean : boolean;

type Given<O extends Options> = {
  readonly [Name in keyof O]?: ValueOf<O[Name]> | undefined;
};

interface Definition<O extends Options> {
  /** Two words: `users list`. */
  readonly name: string;
  readonly summary: string;
  /** Further sentences for the command's own help. */
  readonly details?: string;
  readonly arguments?: readonly Argument[];
  readonly options?: O;
  /** It asks before anything that can't be undone, so its help lists `--yes`, which every command accepts. */
  readonly asks?: true;
  /** @returns the exit code, when it isn't 0 */
  run(given: { readonly arguments: readonly string[]; readonly options: Given<O> }, context: Context): Promise<number | undefined>;
}

/** A command: its arguments are checked, and help and manual written, from this. */
export type Command = Definition<Options>;

/** Types the options that `run` receives by their definitions. */
export function command<const O extends Options>(definition: Definition<O>): Command {
  return definition;
}

const COMMON_OPTIONS: Options = {
  json: { describe: 'JSON instead of a table: one document per line.' },
  help: { describe: 'Shows what this command does, and its arguments and options.' },
};

export const YES: Options = { yes: { describe: 'Don’t ask before anything that can’t be undone.' } };

export function optionsOf({ options = {}, asks }: Command): Options {
  return { ...options, ...(asks ? YES : {}), ...COMMON_OPTIONS };
}
