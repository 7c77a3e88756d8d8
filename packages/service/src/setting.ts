import type { Setting } from './config.ts';

interface Description {
  readonly describe: string;
  readonly fallback?: string;
  readonly secret?: boolean;
}

/** Makes settings of the kinds that services need. Without a `fallback` the variable is required. */
export const setting = {
  string: (env: string, description: Description) => define(env, description, (text) => text),

  /** Turns a setting into one that may be missing: its value is then `null`. */
  optional: <Value>(wanted: Setting<Value>): Setting<Value | null> => ({ ...wanted, optional: true }),

  integer: (env: string, { min, max, ...description }: Description & { readonly min: number; readonly max: number }) =>
    define(env, description, (text) => {
      const value = Number(text);
      if (!/^\d+$/.test(text) || value < min || value > max)
        throw new Error(`must be a whole number from ${min} to ${max}, not ${quote(text)}`);
      return value;
    }),

  choice: <const Choice extends string>(env: string, { choices, ...description }: Description & { readonly choices: readonly Choice[] }) =>
    define(env, description, (text) => {
      const value = choices.find((choice) => choice === text);
      if (value === undefined) throw new Error(`must be one of ${choices.join(', ')}, not ${quote(text)}`);
      return value;
    }),

  /** Parted by commas; blanks around the parts don't count. */
  list: (env: string, description: Description) =>
    define(env, description, (text): readonly string[] =>
      text
        .split(',')
        .map((part) => part.trim())
        .filter((part) => part !== ''),
    ),

  /** One or more of the choices, parted by commas. */
  choices: <const Choice extends string>(env: string, { choices, ...description }: Description & { readonly choices: readonly Choice[] }) =>
    define(env, description, (text): readonly Choice[] => {
      const parts = text.split(',').map((part) => part.trim());
      const chosen = choices.filter((choice) => parts.includes(choice));
      if (chosen.length !== new Set(parts).size) throw new Error(`must be some of ${choices.join(', ')}, not ${quote(text)}`);
      return chosen;
    }),

  flag: (env: string, description: Description) =>
    define(env, description, (text) => {
      if (text !== 'true' && text !== 'false') throw new Error(`must be true or false, not ${quote(text)}`);
      return text === 'true';
    }),

  url: (env: string, { protocols, ...description }: Description & { readonly protocols: readonly string[] }) =>
    define(env, description, (text) => {
      const protocol = URL.parse(text)?.protocol;
      if (protocol === undefined) throw new Error('must be a URL');
      if (!protocols.includes(protocol)) throw new Error(`must start with ${protocols.map((wanted) => `${wanted}//`).join(' or ')}`);
      return text;
    }),

  /** Exactly 32 bytes in base64. */
  key: (env: string, description: Description) =>
    define(env, { ...description, secret: true }, (text) => {
      const bytes = Buffer.from(text, 'base64');
      if (bytes.length !== 32 || bytes.toString('base64').replace(/=+$/, '') !== text.replace(/=+$/, '')) {
        throw new Error('must be 32 bytes in base64; `openssl rand -base64 32` makes one');
      }
      return bytes;
    }),
};

function define<Value>(env: string, description: Description, parse: (text: string) => Value): Setting<Value> {
  return {
    env,
    describe: description.describe,
    fallback: description.fallback ?? null,
    optional: false,
    secret: description.secret ?? false,
    parse,
  };
}

function quote(text: string): string {
  return JSON.stringify(text.length > 40 ? `${text.slice(0, 40)}…` : text);
}
