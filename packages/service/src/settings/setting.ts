import { isIP } from 'node:net';
import { parseDatabaseUrl } from '../postgres/database-url.ts';
import { parseRedisUrl } from '../redis/redis-url.ts';
import type { Setting } from './config.ts';

interface Description {
  readonly describe: string;
  readonly fallback?: string;
  readonly secret?: boolean;
  readonly values?: string;
}

interface InRange extends Description {
  readonly min: number;
  readonly max: number;
}

interface WithChoices<Choice extends string> extends Description {
  readonly choices: readonly Choice[];
}

/** Creates settings of the kinds that services need. Without a `fallback` the variable is required. */
export const setting = {
  string: (env: string, description: Description) => define(env, description, (text) => text),

  /** Text in a form of its own. `parse` returns the value, or throws a sentence that completes "NAME …". */
  parsed: <Value>(env: string, { parse, ...description }: Description & { readonly parse: (text: string) => Value }) =>
    define(env, description, parse),

  /**
   * Makes a setting optional: its value is `null` when it is missing.
   *
   * @param requiredWith - another variable: if that one is set, this one is required after all
   */
  optional: <Value>(
    wanted: Setting<Value>,
    { requiredWith = null }: { readonly requiredWith?: string | null } = {},
  ): Setting<Value | null> => ({ ...wanted, optional: true, requiredWith }),

  integer,

  port: (env: string, description: Description) => integer(env, { ...description, min: 0, max: 65_535 }),

  decimal: (env: string, { min, max, ...description }: InRange) =>
    define(env, { ...description, values: `${min} to ${max}` }, (text) => {
      const value = Number(text);
      if (!/^\d+(?:\.\d+)?$/.test(text) || value < min || value > max)
        throw new Error(`must be a number from ${min} to ${max}, not ${quote(text)}`);
      return value;
    }),

  boolean: (env: string, description: Description) =>
    define(env, { ...description, values: 'true, false' }, (text) => {
      if (text !== 'true' && text !== 'false') throw new Error(`must be true or false, not ${quote(text)}`);
      return text === 'true';
    }),

  choice: <const Choice extends string>(env: string, { choices, ...description }: WithChoices<Choice>) =>
    define(env, { ...description, values: choices.join(', ') }, (text) => pick(choices, text)),

  choices: <const Choice extends string>(env: string, { choices, ...description }: WithChoices<Choice>) => {
    const values = `some of ${choices.join(', ')}`;
    const isOne = (part: string) => isAmong(choices, part);
    return define(env, { ...description, values }, (text) => atLeastOne(listOf(text, values, isOne) as readonly Choice[]));
  },

  url: (env: string, { protocols, ...description }: Description & { readonly protocols: readonly string[] }) =>
    define(env, description, (text) => {
      parseUrl(text, protocols);
      return text;
    }),

  /**
   * The issuer is compared as text, so only one spelling is accepted (RFC 8414, section 2). It has no path: with one, clients would look
   * for the metadata elsewhere (section 3), and browsers would not send the cookie whose path is `/refresh`.
   */
  issuer: (env: string, description: Description) =>
    define(env, description, (text) => {
      const url = parseUrl(text, ['https:', 'http:']);
      if (text.includes('?') || text.includes('#')) throw new Error('must have no query and no fragment');
      if (url.username !== '' || url.password !== '') throw new Error('must have no user and no password');
      if (url.pathname !== '/') throw new Error(`must have no path: use ${url.origin}`);
      if (text !== url.origin) throw new Error(`must be written in its normal form, ${url.origin}`);
      return text;
    }),

  uris: (env: string, description: Description) =>
    define(env, description, (text) => atLeastOne(listOf(text, 'URNs (urn:…) or URLs (https://…)', isUri))),

  /** One web origin. The slash that browsers show at its end is removed. */
  origin: (env: string, description: Description) =>
    define(env, description, (text) => {
      const origin = text.replace(/\/$/, '');
      if (!isOrigin(origin)) throw new Error(`must be an origin like https://auth.example.com, not ${quote(text)}`);
      return origin;
    }),

  origins: (env: string, description: Description) =>
    define(env, description, (text) => listOf(text, 'origins like https://app.example.com', isOrigin)),

  addresses: (env: string, description: Description) =>
    define(env, description, (text) => listOf(text, 'IP addresses or CIDRs like 10.0.0.0/8', isNetwork)),

  postgresUrl: (env: string, description: Description) =>
    define(env, { ...description, secret: true }, (text) => {
      parseDatabaseUrl(text);
      return text;
    }),

  redisUrl: (env: string, description: Description) => define(env, { ...description, secret: true }, parseRedisUrl),

  key: (env: string, description: Description) =>
    define(env, { ...description, secret: true }, (text) => {
      const bytes = Buffer.from(text, 'base64');
      if (bytes.length !== 32 || bytes.toString('base64').replace(/=+$/, '') !== text.replace(/=+$/, '')) {
        throw new Error('must be 32 bytes in base64; `openssl rand -base64 32` makes one');
      }
      return bytes;
    }),
};

/**
 * Splits text at commas, without blanks around the parts and without empty parts.
 *
 * @param form - what the parts are, in the plural
 * @throws Error with a sentence for `parsed` that names every part that isn't one
 */
export function listOf(text: string, form: string, isOne: (part: string) => boolean): readonly string[] {
  const parts = text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');
  const wrong = parts.filter((part) => !isOne(part));
  if (wrong.length > 0) throw new Error(`must be ${form}, separated by commas, not ${wrong.map(quote).join(', ')}`);
  return parts;
}

function integer(env: string, { min, max, ...description }: InRange): Setting<number> {
  return define(env, { ...description, values: `${min} to ${max}` }, (text) => {
    const value = Number(text);
    if (!/^\d+$/.test(text) || value < min || value > max)
      throw new Error(`must be a whole number from ${min} to ${max}, not ${quote(text)}`);
    return value;
  });
}

function define<Value>(env: string, description: Description, parse: (text: string) => Value): Setting<Value> {
  return {
    env,
    describe: description.describe,
    values: description.values ?? '',
    fallback: description.fallback ?? null,
    optional: false,
    requiredWith: null,
    secret: description.secret ?? false,
    parse,
  };
}

function pick<Choice extends string>(choices: readonly Choice[], text: string): Choice {
  if (!isAmong(choices, text)) throw new Error(`must be one of ${choices.join(', ')}, not ${quote(text)}`);
  return text;
}

function isAmong<Choice extends string>(choices: readonly Choice[], text: string): text is Choice {
  return (choices as readonly string[]).includes(text);
}

function atLeastOne<Part>(parts: readonly Part[]): readonly Part[] {
  if (parts.length === 0) throw new Error('must have at least one value');
  return parts;
}

/** Its errors don't show the text, which may hold a password. */
function parseUrl(text: string, protocols: readonly string[]): URL {
  const url = URL.parse(text);
  const forms = protocols.map((protocol) => `${protocol}//`).join(' or ');
  if (url === null) throw new Error(`must be a URL that starts with ${forms}`);
  if (!protocols.includes(url.protocol)) throw new Error(`must start with ${forms}`);
  return url;
}

/** RFC 3986 requires a scheme; a URN (RFC 8141) also has a namespace and a name. */
function isUri(text: string): boolean {
  return /^urn:[a-z0-9][a-z0-9-]{1,31}:\S+$/i.test(text) || (/^https?:\/\//.test(text) && URL.canParse(text));
}

function isOrigin(text: string): boolean {
  return /^https?:/.test(text) && URL.parse(text)?.origin === text;
}

function isNetwork(text: string): boolean {
  const [address = '', bits, ...rest] = text.split('/');
  const version = isIP(address);
  const fits = bits === undefined || (/^[1-9]\d*$/.test(bits) && Number(bits) <= (version === 4 ? 32 : 128)); // `/0` is everybody
  return version !== 0 && fits && rest.length === 0;
}

/** Without what comes before an `@`, which may be a password. */
function quote(text: string): string {
  const shown = text.replace(/^.*@/s, '…@');
  return JSON.stringify(shown.length > 40 ? `${shown.slice(0, 40)}…` : shown);
}
