import { CLOCK_MARGIN_SECONDS, DEFAULT_AUDIENCE, SIGNING_ALGS, serviceAudience } from '@countersign/tokens';
import { setting } from './setting.ts';

// Settings that several processes have, so that a word means the same in each. A process spreads those that it needs among its own: `{
// ...httpSettings({ port: 4001 }), issuer: … }`.

export const httpSettings = ({ port }: { readonly port: number }) =>
  ({
    host: setting.string('HOST', { describe: 'Address to listen on.', fallback: '127.0.0.1' }),
    port: setting.port('PORT', { describe: 'Port to listen on; 0: any free one.', fallback: String(port) }),
    trustProxy: setting.addresses('TRUST_PROXY', {
      describe: 'Comma-separated addresses or CIDRs of the gateway; `X-Forwarded-*` headers are trusted only from these.',
      fallback: '',
    }),
    corsOrigins: setting.origins('CORS_ORIGINS', {
      describe: 'Comma-separated other origins whose pages may call this service; cookies work only from those of the same site.',
      fallback: '',
    }),
  }) as const;

export const connectionSettings = {
  databaseUrl: setting.postgresUrl('DATABASE_URL', {
    describe:
      'URL of a Postgres database that no other service uses: one server, or a primary and its standbys, in one of [these forms](operations.md#postgres).',
  }),
  migrateOnStart: setting.boolean('MIGRATE_ON_START', {
    describe: '`true`: migrations run at start. `false`: only the `migrate` script runs them.',
    fallback: 'true',
  }),
  redisUrl: setting.redisUrl('REDIS_URL', {
    describe:
      'URL of the Redis through which auth publishes revocations: one server, one behind sentinels, or a cluster, in one of [these forms](operations.md#redis).',
  }),
} as const;

/** Whose tokens a resource service accepts. `service` is its name in auth's `SERVICES`. */
export const verifierSettings = ({ service }: { readonly service: string }) =>
  ({
    issuer: setting.issuer('ISSUER', { describe: 'The issuer whose tokens are accepted, exactly as in their `iss`.' }),
    jwksUrl: setting.optional(
      setting.url('JWKS_URL', {
        describe: "URL of the issuer's keys; {ISSUER}/.well-known/jwks.json when not set.",
        protocols: ['http:', 'https:'],
      }),
    ),
    audience: setting.uris('AUDIENCE', {
      describe: 'The audiences whose tokens are accepted.',
      fallback: `${DEFAULT_AUDIENCE},${serviceAudience(service)}`,
    }),
    allowedAlgs: setting.choices('ALLOWED_ALGS', {
      describe: 'The accepted signing algorithms.',
      choices: SIGNING_ALGS,
      fallback: SIGNING_ALGS.join(','),
    }),
    clockToleranceSeconds: setting.integer('CLOCK_TOLERANCE_SECONDS', {
      describe: "How far this service's clock may differ from auth's.",
      fallback: '5',
      min: 0,
      max: CLOCK_MARGIN_SECONDS,
    }),
  }) as const;

/** When a verifier no longer knows what is revoked, and what it does then. In auth only `/verify` is such a verifier. */
export const revocationSettings = {
  revocationMaxStalenessSeconds: setting.integer('REVOCATION_MAX_STALENESS_SECONDS', {
    describe: 'How long Redis may go without answering before it counts as unknown which tokens are revoked.',
    min: 1,
    max: 3600,
    fallback: '30',
  }),
  revocationMaxSilenceSeconds: setting.integer('REVOCATION_MAX_SILENCE_SECONDS', {
    describe: 'How long auth may go without confirming the list in Redis before it counts as unknown which tokens are revoked.',
    min: 1,
    max: 3600,
    fallback: '900',
  }),
  revocationOnStale: setting.choice('REVOCATION_ON_STALE', {
    describe:
      'While it is unknown which tokens are revoked, `reject` answers 503, and `accept` accepts valid tokens that are not known to be revoked. Auth itself applies this only at `/verify`.',
    choices: ['reject', 'accept'],
    fallback: 'reject',
  }),
} as const;

export const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;

export type LogLevel = (typeof LOG_LEVELS)[number];

export const logSettings = {
  logLevel: setting.choice('LOG_LEVEL', { describe: 'The least severe level that is logged.', choices: LOG_LEVELS, fallback: 'info' }),
} as const;
