import { type Config, setting } from '@countersign/service/process';

/** The stack's own settings. Those of the services pass through from the environment. */
export const settings = {
  gatewayPort: setting.integer('GATEWAY_PORT', {
    describe: 'Port of the gateway; 0: any free one.',
    min: 0,
    max: 65_535,
    fallback: '8080',
  }),
  authPort: setting.integer('AUTH_PORT', { describe: 'Port of the auth service; 0: any free one.', min: 0, max: 65_535, fallback: '4001' }),
  booksPort: setting.integer('BOOKS_PORT', {
    describe: 'Port of the books service; 0: any free one.',
    min: 0,
    max: 65_535,
    fallback: '4002',
  }),
  redisPort: setting.integer('REDIS_PORT', {
    describe: 'Port of the stand-in for Redis; 0: any free one.',
    min: 0,
    max: 65_535,
    fallback: '0',
  }),
  dataDir: setting.string('DATA_DIR', { describe: 'Folder of the databases and secrets.', fallback: '.data' }),
} as const;

export type LocalConfig = Config<typeof settings>;
