import { type Config, logSettings, setting } from '@countersign/service/process';

/** Every setting of the worker. The table in the docs is generated from it. */
export const settings = {
  issuer: setting.issuer('ISSUER', { describe: 'The issuer that the worker gets its tokens from, exactly as in its metadata.' }),
  tokenUrl: setting.optional(
    setting.url('TOKEN_URL', {
      describe: 'The token endpoint, when it differs from the one in the issuer’s metadata.',
      protocols: ['http:', 'https:'],
    }),
  ),
  booksUrl: setting.origin('BOOKS_URL', { describe: 'Origin of the books service, or of the gateway in front of it.' }),
  clientId: setting.string('WORKER_CLIENT_ID', { describe: 'The client that the worker signs in as.' }),
  clientSecret: setting.string('WORKER_CLIENT_SECRET', { describe: 'The secret of that client.', secret: true }),
  booksFile: setting.optional(
    setting.string('BOOKS_FILE', { describe: 'File with a JSON array of `{title, author}` to add; a built-in list when it is not set.' }),
  ),
  importIntervalSeconds: setting.integer('IMPORT_INTERVAL_SECONDS', {
    describe: 'Time from the end of an import to the next one.',
    min: 1,
    max: 86_400,
    fallback: '3600',
  }),
  ...logSettings,
} as const;

export type WorkerConfig = Config<typeof settings>;
