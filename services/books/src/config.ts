import { type Config, setting } from '@countersign/service/process';
import { CLOCK_MARGIN_SECONDS, SIGNING_ALGS } from '@countersign/tokens';

/** Every setting of the books service. The table in the docs is generated from it. */
export const settings = {
  host: setting.string('HOST', { describe: 'The address to listen on.', fallback: '127.0.0.1' }),
  port: setting.integer('PORT', { describe: 'The port to listen on; 0 for any free one.', fallback: '4002', min: 0, max: 65_535 }),
  databaseUrl: setting.postgresUrl('DATABASE_URL', { describe: "This service's own Postgres database." }),
  migrateOnStart: setting.boolean('MIGRATE_ON_START', { describe: 'Whether to bring the tables up to date at start.', fallback: 'true' }),
  redisUrl: setting.redisUrl('REDIS_URL', { describe: 'The Redis in which auth publishes revocations.' }),
  issuer: setting.issuer('ISSUER', { describe: 'The issuer whose tokens are accepted, exactly as in their `iss`.' }),
  jwksUrl: setting.optional(
    setting.url('JWKS_URL', {
      describe: "URL of the issuer's keys; {ISSUER}/.well-known/jwks.json when not set.",
      protocols: ['http:', 'https:'],
    }),
  ),
  audience: setting.uris('AUDIENCE', {
    describe: 'The audiences whose tokens are accepted.',
    fallback: 'urn:countersign:api,urn:countersign:books',
  }),
  allowedAlgs: setting.choices('ALLOWED_ALGS', {
    describe: 'The accepted signing algorithms.',
    choices: SIGNING_ALGS,
    fallback: SIGNING_ALGS.join(','),
  }),
  clockToleranceSeconds: setting.integer('CLOCK_TOLERANCE_SECONDS', {
    describe: "How far the clock may differ from auth's.",
    fallback: '5',
    min: 0,
    max: CLOCK_MARGIN_SECONDS,
  }),
  revocationMaxStalenessSeconds: setting.integer('REVOCATION_MAX_STALENESS_SECONDS', {
    describe: 'How long Redis may be silent before revocation status counts as unknown.',
    fallback: '30',
    min: 1,
    max: 3600,
  }),
  revocationMaxSilenceSeconds: setting.integer('REVOCATION_MAX_SILENCE_SECONDS', {
    describe: 'How long auth may leave its list unconfirmed before revocation status counts as unknown.',
    fallback: '900',
    min: 1,
    max: 3600,
  }),
  revocationOnStale: setting.choice('REVOCATION_ON_STALE', {
    describe: 'What happens to tokens while revocation status is unknown.',
    choices: ['reject', 'accept'],
    fallback: 'reject',
  }),
  corsOrigins: setting.origins('CORS_ORIGINS', {
    describe: 'Other origins whose pages may call; with cookies only those of the same site.',
    fallback: '',
  }),
  trustProxy: setting.addresses('TRUST_PROXY', {
    describe: 'Addresses or CIDRs of the gateway, whose X-Forwarded-* is trusted.',
    fallback: '',
  }),
  logLevel: setting.choice('LOG_LEVEL', {
    describe: 'The least severe level that is logged.',
    choices: ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'],
    fallback: 'info',
  }),
};

export type BooksConfig = Config<typeof settings>;
