import { type Config, setting } from '@countersign/service/process';

/** The stack's own settings. Those of the services are read from the environment, too. */
export const settings = {
  gatewayPort: setting.port('GATEWAY_PORT', { describe: 'Port of the gateway; 0: any free one.', fallback: '8080' }),
  authPort: setting.port('AUTH_PORT', { describe: 'Port of the auth service; 0: any free one.', fallback: '4001' }),
  booksPort: setting.port('BOOKS_PORT', { describe: 'Port of the books service; 0: any free one.', fallback: '4002' }),
  redisPort: setting.port('REDIS_PORT', { describe: 'Port of the stand-in for Redis; 0: any free one.', fallback: '0' }),
  dataDir: setting.string('DATA_DIR', { describe: 'Folder of the databases and secrets.', fallback: '.data' }),
} as const;

export type LocalConfig = Config<typeof settings>;
