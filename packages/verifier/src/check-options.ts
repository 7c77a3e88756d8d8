import { CLOCK_MARGIN_SECONDS, isSigningAlg, SIGNING_ALGS } from '@countersign/tokens';
import { hasMethods } from './has-methods.ts';
import { isText } from './is-text.ts';
import { isKeySource, type KeySource } from './keys/key-source.ts';
import type { RemoteKeysOptions } from './keys/remote-keys.ts';
import type { FollowOptions } from './revocation/follow-revocations.ts';
import { isRevocationView, type RevocationView } from './revocation/revocation-view.ts';
import type { OnStale } from './token/judge.ts';
import type { AccessTokenRules } from './token/verify-access-token.ts';

export interface CheckedOptions extends Omit<AccessTokenRules, 'audience'> {
  readonly audience: string | readonly string[];
  readonly keys: KeySource | RemoteKeysOptions;
  readonly revocations: RevocationView | FollowOptions;
  readonly onStale: OnStale;
  readonly corsOrigins: readonly string[];
  readonly resourceMetadata: string | null;
}

/** Options that any plugin may be registered with. */
const OF_FASTIFY = ['prefix', 'logLevel', 'logSerializers'];

/**
 * Checks at run time what types can't promise in plain JavaScript, or for an environment variable, which may be missing, or text instead of
 * a number: an issuer that is `undefined` would match every token without one, and a tolerance of `'5'` would be appended to `exp`.
 *
 * @param given - the names of the options that were given: a misspelt one would leave a default in force
 * @throws Error in a sentence about the first invalid option
 */
export function checkOptions(options: CheckedOptions, given: readonly string[]): void {
  checkNames('the verifier', given, [...Object.keys(options), ...OF_FASTIFY]);
  const { issuer, algorithms, clockToleranceSeconds, keys, revocations, onStale, corsOrigins, resourceMetadata } = options;
  if (!isUrl(issuer)) throw new Error('issuer must be the URL that tokens have as their iss');
  checkAudience(options.audience);
  if (!isListOf(isSigningAlg, algorithms) || algorithms.length === 0)
    throw new Error(`algorithms must be some of ${SIGNING_ALGS.join(', ')}`);
  if (!isNumber(clockToleranceSeconds) || clockToleranceSeconds < 0) throw new Error('clockToleranceSeconds must be a number, at least 0');
  // A revocation is forgotten this long after its tokens have expired. By then they must be refused as expired.
  if (clockToleranceSeconds > CLOCK_MARGIN_SECONDS) throw new Error(`clockToleranceSeconds must be at most ${CLOCK_MARGIN_SECONDS}`);
  if (onStale !== 'reject' && onStale !== 'accept') throw new Error('onStale must be reject or accept');
  if (!isListOf(isOrigin, corsOrigins)) throw new Error('corsOrigins must be a list of origins such as https://app.example.com');
  if (resourceMetadata !== null && !isHeaderSafeUrl(resourceMetadata))
    throw new Error('resourceMetadata must be a URL, with everything but printable ASCII percent-encoded');
  checkKeys(keys);
  checkRevocations(revocations);
  // A list in Redis comes from auth, whose ISSUER never ends in a slash. Any other issuer's may, and then the iss of its tokens does.
  if (!isRevocationView(revocations) && issuer.endsWith('/'))
    throw new Error('issuer must not end in a slash, as the iss of auth tokens does not');
}

function checkNames(owner: string, given: readonly string[], known: readonly string[]): void {
  const unknown = given.find((name) => !known.includes(name));
  if (unknown !== undefined) throw new Error(`${unknown} is no option of ${owner}; these are: ${known.join(', ')}`);
}

/** A comma is legal in the name of an audience, but a single string with one mostly lists several, as in an environment variable. */
function checkAudience(audience: unknown): void {
  const audiences = [audience].flat();
  if (audiences.length === 0 || !audiences.every(isText)) throw new Error('audience must name at least one audience');
  if (isText(audience) && audience.includes(','))
    throw new Error("audience has a comma: write several audiences as a list, ['a', 'b'], and one whose name has a comma as ['a,b']");
}

/** A longer timer ends at once, and none accepts `Infinity`. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

function checkKeys(keys: CheckedOptions['keys'] | null): void {
  if (isKeySource(keys)) return;
  if (!isUrl(keys?.url)) throw new Error('keys must be { url }, with the URL of a JWKS, or a KeySource');
  checkNames('keys', Object.keys(keys ?? {}), ['url', 'cooldownSeconds', 'timeoutMs', 'fetch', 'log']);
  checkAboveZero({ cooldownSeconds: keys?.cooldownSeconds, timeoutMs: keys?.timeoutMs });
  if ((keys?.timeoutMs ?? 0) > LONGEST_TIMER_MS) throw new Error(`timeoutMs must be at most ${LONGEST_TIMER_MS}`);
}

function checkRevocations(revocations: CheckedOptions['revocations'] | undefined): void {
  if (isRevocationView(revocations)) return;
  if (!hasMethods(revocations?.redis, 'xread'))
    throw new Error('revocations must be { redis }, with a connection of ioredis, or a RevocationView');
  checkNames('revocations', Object.keys(revocations ?? {}), ['redis', 'maxStalenessSeconds', 'maxSilenceSeconds', 'log']);
  checkAboveZero({ maxStalenessSeconds: revocations?.maxStalenessSeconds, maxSilenceSeconds: revocations?.maxSilenceSeconds });
}

function checkAboveZero(options: Readonly<Record<string, unknown>>): void {
  for (const [name, value] of Object.entries(options))
    if (value !== undefined && !(isNumber(value) && value > 0)) throw new Error(`${name} must be a number above 0`);
}

function isListOf(holds: (value: string) => boolean, values: unknown): boolean {
  return Array.isArray(values) && values.every(holds);
}

function isNumber(value: unknown): value is number {
  return typeof value === 'number' && !Number.isNaN(value);
}

/** Checks the scheme, since `localhost:8080` parses as a URL of the scheme `localhost`. */
function isUrl(value: unknown): boolean {
  return isText(value) && URL.canParse(value) && ['http:', 'https:'].includes(new URL(value).protocol);
}

/** It stands in a header, between quotation marks. */
function isHeaderSafeUrl(value: unknown): boolean {
  return isUrl(value) && /^[!#-[\]-~]+$/.test(value as string);
}

function isOrigin(value: unknown): boolean {
  return isUrl(value) && new URL(value as string).origin === value;
}
