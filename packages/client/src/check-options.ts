import { type ClientProof, checkKey } from './client-proof.ts';
import type { TokenStore } from './token-store.ts';

export type CheckedOptions = ClientProof & {
  readonly issuer: string;
  readonly clientId: string;
  readonly baseUrl: string;
  readonly tokenUrl?: string | undefined;
  readonly timeoutMs: number;
};

/**
 * An environment variable that isn't set is `undefined`, and would be sent as that word: auth could only say that there is no such client.
 *
 * @throws Error in a sentence about the first invalid option
 */
export function checkServiceOptions({ issuer, clientId, tokenUrl = issuer, ...options }: CheckedOptions): void {
  checkUrl('issuer', issuer);
  checkUrl('tokenUrl', tokenUrl);
  if (!isText(clientId)) throw new Error('clientId must be the id of the client');
  if ('clientSecret' in options && !isText(options.clientSecret)) throw new Error('clientSecret must be the secret of the client');
  if (!('clientSecret' in options)) checkKey(options.privateKey);
  checkConnection(options);
}

/** A longer timer ends at once, and none accepts `Infinity`. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** @throws Error in a sentence about the first invalid option */
export function checkUserOptions({ tokens, ...connection }: Pick<CheckedOptions, 'baseUrl' | 'timeoutMs'> & { tokens: TokenStore }): void {
  checkConnection(connection);
  const { origin, href } = new URL(connection.baseUrl);
  if (href !== `${origin}/`) throw new Error('baseUrl must be an origin, such as https://api.example.com, without a path');
  const { load, save }: Partial<TokenStore> = tokens ?? {};
  if (typeof load !== 'function' || typeof save !== 'function') throw new Error('tokens must be an object with the methods load and save');
}

function checkConnection({ baseUrl, timeoutMs }: Pick<CheckedOptions, 'baseUrl' | 'timeoutMs'>): void {
  checkUrl('baseUrl', baseUrl);
  if (!(typeof timeoutMs === 'number' && timeoutMs > 0 && timeoutMs <= LONGEST_TIMER_MS))
    throw new Error(`timeoutMs must be a number above 0, and at most ${LONGEST_TIMER_MS}`);
}

function checkUrl(name: string, value: unknown): void {
  // `localhost:8080` parses as a URL too, of the scheme `localhost`.
  const isHttp = isText(value) && URL.canParse(value) && ['http:', 'https:'].includes(new URL(value).protocol);
  if (!isHttp) throw new Error(`${name} must be a URL that starts with http:// or https://`);
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}
