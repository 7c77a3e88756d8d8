import { type Config, setting } from '@countersign/service/process';
import { SIGNING_ALGS } from '@countersign/tokens';

/** Every setting of the books service. The table in the docs is made from it. */
export const settings = {
  host: setting.string('HOST', { describe: 'The address to listen on.', fallback: '127.0.0.1' }),
  port: setting.integer('PORT', { describe: 'The port to listen on; 0 takes a free one.', fallback: '4002', min: 0, max: 65_535 }),
  databaseUrl: setting.postgresUrl('DATABASE_URL', { describe: "This service's own Postgres database." }),
  migrateOnStart: setting.boolean('MIGRATE_ON_START', { describe: 'Bring the tables up to date at start.', fallback: 'true' }),
  redisUrl: setting.redisUrl('REDIS_URL', { describe: 'The Redis in which auth publishes revocations.' }),
  issuer: setting.issuer('ISSUER', { describe: 'The issuer whose tokens are accepted, as they name it.' }),
  jwksUrl: setting.optional(
    setting.url('JWKS_URL', {
      describe: "Where the issuer's keys are; {ISSUER}/.well-known/jwks.json when not set.",
      protocols: ['http:', 'https:'],
    }),
  ),
  audience: setting.uris('AUDIENCE', {
    describe: 'The audiences whose tokens are accepted.',
    fallback: 'urn:countersign:api,urn:countersign:books',
  }),
  allowedAlgs: setting.choices('ALLOWED_ALGS', {
    describe: 'The signing algorithms that are accepted.',
    choices: SIGNING_ALGS,
    fallback: SIGNING_ALGS.join(','),
  }),
  clockToleranceSeconds: setting.integer('CLOCK_TOLERANCE_SECONDS', {
    describe: 'How far the clock may differ from that of auth.',
    fallback: '5',
    min: 0,
    max: 300,
  }),
  revocationMaxStalenessSeconds: setting.integer('REVOCATION_MAX_STALENESS_SECONDS', {
    describe: 'How long Redis may not have answered before revocation counts as unknown.',
    fallback: '30',
    min: 1,
    max: 3600,
  }),
  revocationMaxSilenceSeconds: setting.integer('REVOCATION_MAX_SILENCE_SECONDS', {
    describe: 'How long auth may not have confirmed its list before revocation counts as unknown.',
    fallback: '900',
    min: 1,
    max: 3600,
  }),
  revocationOnStale: setting.choice('REVOCATION_ON_STALE', {
    describe: 'What happens to tokens while revocation is unknown.',
    choices: ['reject', 'accept'],
    fallback: 'reject',
  }),
  corsOrigins: setting.origins('CORS_ORIGINS', { describe: 'Origins whose pages may call this service.', fallback: '' }),
  trustProxy: setting.addresses('TRUST_PROXY', {
    describe: 'Addresses or CIDRs of the gateway, whose X-Forwarded-* is believed.',
    fallback: '',
  }),
  logLevel: setting.choice('LOG_LEVEL', {
    describe: 'The least severe lines that are logged.',
    choices: ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'],
    fallback: 'info',
  }),
};

export type BooksConfig = Config<typeof settings>;
