import { type Config, connectionSettings, httpSettings, logSettings, revocationSettings, setting } from '@countersign/service/process';
import { CLOCK_MARGIN_SECONDS, DEFAULT_AUDIENCE, SIGNING_ALGS, serviceAudience } from '@countersign/tokens';

/** Every setting of the books service. The table in the docs is generated from it. */
export const settings = {
  ...httpSettings({ port: 4002 }),
  ...connectionSettings,
  issuer: setting.issuer('ISSUER', { describe: 'The issuer whose tokens are accepted, exactly as in their `iss`.' }),
  jwksUrl: setting.optional(
    setting.url('JWKS_URL', {
      describe: "URL of the issuer's keys; {ISSUER}/.well-known/jwks.json when not set.",
      protocols: ['http:', 'https:'],
    }),
  ),
  audience: setting.uris('AUDIENCE', {
    describe: 'The audiences whose tokens are accepted.',
    fallback: `${DEFAULT_AUDIENCE},${serviceAudience('books')}`,
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
  ...revocationSettings,
  ...logSettings,
} as const;

export type BooksConfig = Config<typeof settings>;
