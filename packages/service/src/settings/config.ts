import { readFileSync } from 'node:fs';

/** One environment variable: its purpose, how its text becomes a value, and its default. */
export interface Setting<Value> {
  readonly env: string;
  /** One sentence for the settings table in the docs. */
  readonly describe: string;
  /** Its possible values for the table, such as `1 to 3600`; `''` where `describe` says them. */
  readonly values: string;
  /** The text to use when the variable isn't set. `null`: it must be set, unless it is `optional`, and then is `null`. */
  readonly fallback: string | null;
  readonly optional: boolean;
  /** Another variable: if that one is set, this one is required. */
  readonly requiredWith: string | null;
  /** A secret may also come from the file that `NAME_FILE` names, and is never shown. */
  readonly secret: boolean;
  /** @throws Error with a sentence that completes "NAME …", such as "must be a whole number" */
  readonly parse: (text: string) => Value;
}

export type Settings = Readonly<Record<string, Setting<unknown>>>;

export type Config<S extends Settings> = { readonly [Name in keyof S]: S[Name] extends Setting<infer Value> ? Value : never };

type Environment = Readonly<Record<string, string | undefined>>;

/** All faults of the environment, one sentence each, so that a single start shows every fault. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly faults: readonly string[];

  constructor(faults: readonly string[]) {
    super(
      `The configuration has ${faults.length === 1 ? 'a fault' : `${faults.length} faults`}:\n${faults.map((fault) => `  - ${fault}`).join('\n')}`,
    );
    this.faults = faults;
  }
}

/**
 * Reads every setting from the environment.
 *
 * @throws ConfigError that lists all missing and invalid variables at once
 */
export function loadConfig<S extends Settings>(settings: S, env: Environment): Config<S> {
  const faults: string[] = [];
  const entries = Object.entries(settings).map(([name, setting]) => {
    try {
      return [name, readSetting(setting, settings, env)];
    } catch (error) {
      faults.push(`${setting.env} ${(error as Error).message}`);
      return [name, undefined];
    }
  });
  if (faults.length > 0) throw new ConfigError(faults);
  return Object.fromEntries(entries) as Config<S>;
}

function readSetting(setting: Setting<unknown>, all: Settings, env: Environment): unknown {
  const text = readText(setting, env) ?? setting.fallback;
  if (text !== null) return setting.parse(text);
  const { optional, requiredWith, describe } = setting;
  if (Object.values(all).some((other) => other.env === requiredWith && isSet(other, env)))
    throw new Error(`is required with ${requiredWith}: ${plain(describe)}`);
  if (optional) return null;
  throw new Error(`is required: ${plain(describe)}`);
}

/** Turns a link for the table in `docs/` into text for a terminal. */
function plain(describe: string): string {
  return describe.replace(/\[([^\]]+)\]\(([^)]+)\)/g, '$1 (docs/$2)');
}

function readText(setting: Setting<unknown>, env: Environment): string | null {
  const { direct, file } = sourcesOf(setting, env);
  if (direct !== null && file !== null) throw new Error(`and ${setting.env}_FILE are both set; set only one of them`);
  if (file === null) return direct;
  try {
    return readFileSync(file, 'utf8').trim();
  } catch (error) {
    throw new Error(`cannot be read from ${setting.env}_FILE: ${(error as NodeJS.ErrnoException).code ?? 'unreadable'}`, { cause: error });
  }
}

function isSet(setting: Setting<unknown>, env: Environment): boolean {
  const { direct, file } = sourcesOf(setting, env);
  return direct !== null || file !== null;
}

/** An empty variable counts as not set: compose files pass on values that nobody filled in as empty. */
function sourcesOf({ env: name, secret }: Setting<unknown>, env: Environment) {
  return { direct: env[name] || null, file: (secret && env[`${name}_FILE`]) || null };
}
