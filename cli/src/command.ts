import type { Api } from './api.ts';
import type { Io } from './io.ts';
import type { Output } from './output/output.ts';

/** What a command works with. */
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

/** The options that were given. */
type Given<O extends Options> = {
  readonly [Name in keyof O]?: ValueOf<O[Name]> | undefined;
};

interface Definition<O extends Options> {
  /** Two words: `users list`. */
  readonly name: string;
  /** A sentence. */
  readonly summary: string;
  /** Further sentences, for the help of this command only. */
  readonly details?: string;
  readonly arguments?: readonly Argument[];
  readonly options?: O;
  /** It asks before what can't be undone, so its help has `--yes`, which every command takes. */
  readonly asks?: true;
  /** @returns the exit code, when it isn't 0 */
  run(given: { readonly arguments: readonly string[]; readonly options: Given<O> }, context: Context): Promise<number | undefined>;
}

/** One command of the table from which arguments are checked and help and manual are written. */
export type Command = Definition<Options>;

/** A command whose `run` knows its options by name and kind. */
export function command<const O extends Options>(definition: Definition<O>): Command {
  return definition;
}

/** The options that every command takes. */
const COMMON_OPTIONS: Options = {
  json: { describe: 'JSON instead of a table: one document per line.' },
  help: { describe: 'What this command does and takes.' },
};

export const YES: Options = { yes: { describe: 'Don’t ask before anything that can’t be undone.' } };

export function optionsOf({ options = {}, asks }: Command): Options {
  return { ...options, ...(asks ? YES : {}), ...COMMON_OPTIONS };
}
