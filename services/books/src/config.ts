import {
  type Config,
  connectionSettings,
  httpSettings,
  logSettings,
  revocationSettings,
  verifierSettings,
} from '@countersign/service/process';

/** Every setting of the books service. The table in the docs is generated from it. */
export const settings = {
  ...httpSettings({ port: 4002 }),
  ...connectionSettings,
  ...verifierSettings({ service: 'books' }),
  ...revocationSettings,
  ...logSettings,
} as const;

export type BooksConfig = Config<typeof settings>;
