import { createHash, createHmac, createSecretKey, type KeyObject, randomBytes, timingSafeEqual } from 'node:crypto';
import { Problem } from '@countersign/problems';
import { decodeBase62, encodeBase62, encodeBytesBase62 } from '../base62.ts';
import { checksum } from '../random-secret.ts';
import type { Delivery } from './session.ts';

export interface RefreshToken {
  readonly sessionId: string;
  /** The number of rotations before it. */
  readonly generation: number;
  /** 128 random bits of the session; the database has only their digest. */
  readonly seed: string;
  /** A token may come in a cookie only if it was delivered as one. */
  readonly delivery: Delivery;
}

/** Not bytes: with those Node takes five times as long to make an HMAC (9.4 against 1.7 µs). */
export type RefreshTokenSecret = KeyObject;

export interface RefreshTokenSecrets {
  readonly current: RefreshTokenSecret;
  /** Still accepted while the secret is being changed; makes nothing. */
  readonly previous: RefreshTokenSecret | null;
}

export function createRefreshTokenSecrets(current: Buffer, previous: Buffer | null): RefreshTokenSecrets {
  return { current: createSecretKey(current), previous: previous && createSecretKey(previous) };
}

export const REFRESH_TOKEN_PREFIX = 'cs_rt_';

// cs_rt_ · delivery 1 · session 22 · generation 6 · seed 22 · HMAC-SHA-256 43 · CRC-32 6, all base62, fixed length: one spelling per token.
const FORM = /^cs_rt_([bc])([0-9A-Za-z]{22})([0-9A-Za-z]{6})([0-9A-Za-z]{22})([0-9A-Za-z]{43})([0-9A-Za-z]{6})$/;

export function createSeed(): string {
  return encodeBytesBase62(randomBytes(16), 22);
}

export function digestSeed(seed: string): Buffer {
  return createHash('sha256').update('countersign refresh seed ').update(seed).digest();
}

/** Deterministic, so that a retry gets the same successor as the lost answer. */
export function formatRefreshToken(token: RefreshToken, clientId: string, secret: RefreshTokenSecret): string {
  const generation = encodeBase62(token.generation, 6);
  const delivery = token.delivery === 'cookie' ? 'c' : 'b';
  const body = `${REFRESH_TOKEN_PREFIX}${delivery}${token.sessionId}${generation}${token.seed}${proof(token, clientId, secret)}`;
  return body + checksum(body);
}

/**
 * Reads and authenticates a refresh token without the database.
 *
 * @returns `malformed` when the text can't be one (its checksum catches typing errors), `unknown` when it wasn't made here for this client
 */
export function parseRefreshToken(text: string, clientId: string, secrets: RefreshTokenSecrets): RefreshToken | 'malformed' | 'unknown' {
  const [, delivery, sessionId, digits, seed, presentedProof] = FORM.exec(text) ?? [];
  if (sessionId === undefined || digits === undefined || seed === undefined || presentedProof === undefined) return 'malformed';
  if (checksum(text.slice(0, -6)) !== text.slice(-6)) return 'malformed';
  const token = { sessionId, generation: decodeBase62(digits), seed, delivery: delivery === 'c' ? 'cookie' : 'body' } as const;
  const accepted = [secrets.current, secrets.previous].filter((secret) => secret !== null);
  const made = accepted.some((secret) => timingSafeEqual(Buffer.from(proof(token, clientId, secret)), Buffer.from(presentedProof)));
  return made ? token : 'unknown';
}

/** @throws Problem `token_malformed` for `malformed`, `token_invalid` for `unknown` */
export function getRefreshToken(text: string, clientId: string, secrets: RefreshTokenSecrets): RefreshToken {
  const token = parseRefreshToken(text, clientId, secrets);
  if (token === 'malformed') throw new Problem('token_malformed', { detail: 'This does not have the form of a refresh token.' });
  if (token === 'unknown') throw new Problem('token_invalid', { detail: 'This refresh token was not issued here.' });
  return token;
}

function proof({ sessionId, generation, seed, delivery }: RefreshToken, clientId: string, secret: RefreshTokenSecret): string {
  const message = `countersign refresh token\n${delivery}\n${sessionId}\n${generation}\n${seed}\n${clientId}`;
  return encodeBytesBase62(createHmac('sha256', secret).update(message).digest(), 43);
}
