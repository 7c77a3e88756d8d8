import {
  type Config,
  connectionSettings,
  httpSettings,
  listOf,
  logSettings,
  revocationSettings,
  setting,
} from '@countersign/service/process';
import { DEFAULT_AUDIENCE, MAX_ACCESS_TOKEN_TTL_SECONDS, SIGNING_ALGS } from '@countersign/tokens';
import { isClientId } from './domain/clients/client.ts';
import { createPasswordRules, lettersOf } from './domain/people/password-rules.ts';
import { isUsername, USERNAME_FORM } from './domain/people/user.ts';

const DAY_SECONDS = 86_400;

/** Every setting of the auth service. The table in the docs is generated from it. */
export const settings = {
  ...httpSettings({ port: 4001 }),
  issuer: setting.issuer('ISSUER', { describe: 'Public origin of the gateway; the `iss` of every token.' }),
  audience: setting.uris('AUDIENCE', {
    describe:
      'Comma-separated audiences of the tokens that users get at `/login`. Without `urn:countersign:api` or `urn:countersign:auth` among them, auth’s own endpoints refuse these tokens.',
    fallback: DEFAULT_AUDIENCE,
  }),
  services: setting.parsed('SERVICES', {
    describe:
      'Comma-separated names of the resource services besides auth. A token for `urn:countersign:api` reaches all of them, and may be narrowed to one: `urn:countersign:NAME` or, meaning the same, `{ISSUER}/NAME`.',
    fallback: 'books',
    parse: parseServices,
  }),
  ...connectionSettings,
  keyEncryptionKey: setting.key('KEY_ENCRYPTION_KEY', { describe: 'Encrypts the private signing keys at rest: 32 bytes, base64.' }),
  keyEncryptionKeyPrevious: setting.optional(
    setting.key('KEY_ENCRYPTION_KEY_PREVIOUS', {
      describe: 'The previous `KEY_ENCRYPTION_KEY`, while it is being changed: still decrypts, but no longer encrypts.',
    }),
  ),
  refreshTokenSecret: setting.key('REFRESH_TOKEN_SECRET', { describe: 'The secret that refresh tokens are made with: 32 bytes, base64.' }),
  refreshTokenSecretPrevious: setting.optional(
    setting.key('REFRESH_TOKEN_SECRET_PREVIOUS', {
      describe: 'The previous `REFRESH_TOKEN_SECRET`, while it is being changed: tokens made with it are still accepted.',
    }),
  ),
  signingAlg: setting.choice('SIGNING_ALG', { describe: 'Algorithm of new signing keys.', choices: SIGNING_ALGS, fallback: 'EdDSA' }),
  keyRotationDays: setting.decimal('KEY_ROTATION_DAYS', {
    describe: 'How many days a key signs before the next one takes over. Use a fraction to see rotation at work: `0.0001` is 9 seconds.',
    min: 0.0001,
    max: 3650,
    fallback: '30',
  }),
  accessTokenTtlSeconds: setting.integer('ACCESS_TOKEN_TTL_SECONDS', {
    describe: 'Life of an access token.',
    min: 1,
    max: MAX_ACCESS_TOKEN_TTL_SECONDS,
    fallback: '900',
  }),
  refreshTokenIdleSeconds: setting.integer('REFRESH_TOKEN_IDLE_SECONDS', {
    describe: 'A session ends when it has not been refreshed for this long.',
    min: 1,
    max: 3650 * DAY_SECONDS,
    fallback: String(7 * DAY_SECONDS),
  }),
  refreshTokenMaxSeconds: setting.integer('REFRESH_TOKEN_MAX_SECONDS', {
    describe: 'A session ends this long after the sign-in, used or not.',
    min: 1,
    max: 3650 * DAY_SECONDS,
    fallback: String(30 * DAY_SECONDS),
  }),
  refreshGraceSeconds: setting.integer('REFRESH_GRACE_SECONDS', {
    describe: 'How long after a rotation the previous refresh token still works, and gets the same successor again.',
    min: 0,
    max: 3600,
    fallback: '60',
  }),
  refreshRotation: setting.choice('REFRESH_ROTATION', {
    describe: '`off`: a session keeps one refresh token for life, for clients that cannot store a new one.',
    choices: ['on', 'off'],
    fallback: 'on',
  }),
  loginFailuresPerAccount: setting.integer('LOGIN_FAILURES_PER_ACCOUNT', {
    describe: 'How many sign-ins to one account may fail in 15 minutes before each further attempt has to wait.',
    min: 1,
    max: 1_000_000,
    fallback: '10',
  }),
  loginAttemptsPerAddress: setting.integer('LOGIN_ATTEMPTS_PER_ADDRESS', {
    describe:
      'How many sign-ins a minute one address (IPv6: one /64) may attempt; the same limit applies, each counted by itself, to registrations and to resets, changes and confirmations of a password.',
    min: 1,
    max: 1_000_000_000,
    fallback: '100',
  }),
  ...revocationSettings,
  adminUsername: setting.optional(
    setting.parsed('ADMIN_USERNAME', {
      describe: 'Username of the first administrator, who is created at start if there is no administrator yet.',
      parse: parseUsername,
    }),
    { requiredWith: 'ADMIN_PASSWORD' },
  ),
  adminPassword: setting.optional(
    setting.parsed('ADMIN_PASSWORD', { describe: 'The first administrator’s password.', secret: true, parse: parseAdminPassword }),
    { requiredWith: 'ADMIN_USERNAME' },
  ),
  workerClientId: setting.optional(
    setting.parsed('WORKER_CLIENT_ID', {
      describe:
        'Id of the worker’s client, which may read and write books. It is created at start, but not again once it has been deleted.',
      parse: parseWorkerClientId,
    }),
    { requiredWith: 'WORKER_CLIENT_SECRET' },
  ),
  workerClientSecret: setting.optional(
    setting.parsed('WORKER_CLIENT_SECRET', {
      describe: 'Secret of the worker’s client, at least 32 characters.',
      secret: true,
      parse: parseWorkerClientSecret,
    }),
    { requiredWith: 'WORKER_CLIENT_ID' },
  ),
  registration: setting.choice('REGISTRATION', {
    describe: '`open`: anyone can register. `closed`: only administrators create users.',
    choices: ['open', 'closed'],
    fallback: 'open',
  }),
  passwordDenyWords: setting.parsed('PASSWORD_DENY_WORDS', {
    describe: 'Comma-separated names (brand, product, systems) that are refused as passwords, even with digits or symbols added.',
    fallback: '',
    parse: parseDenyWords,
  }),
  ...logSettings,
} as const;

export type AuthConfig = Config<typeof settings>;

function parseServices(text: string): readonly string[] {
  const form = 'names of 1 to 40 characters a-z 0-9 - that begin with a letter and are not api';
  return [...new Set(['auth', ...listOf(text, form, (name) => /^[a-z][a-z0-9-]{0,39}$/.test(name) && name !== 'api')])];
}

function parseUsername(text: string): string {
  if (!isUsername(text)) throw new Error(`must be ${USERNAME_FORM}`);
  return text;
}

/** Checked by itself; `makeFirstAdmin` also checks it against the username and PASSWORD_DENY_WORDS. */
function parseAdminPassword(text: string): string {
  const fault = createPasswordRules().findFault(text, '');
  if (fault !== null) throw new Error(fault);
  return text;
}

function parseDenyWords(text: string): readonly string[] {
  return listOf(text, 'words of at least 3 letters', (word) => lettersOf(word).length >= 3);
}

function parseWorkerClientId(text: string): string {
  if (!isClientId(text))
    throw new Error('must be 3 to 64 characters A-Z a-z 0-9 . _ - with a hyphen or an underscore among them, and not first-party');
  return text;
}

function parseWorkerClientSecret(text: string): string {
  if (text.length < 32) throw new Error('must have at least 32 characters; `openssl rand -hex 32` makes them');
  return text;
}
