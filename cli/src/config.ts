import { type Config, setting } from '@countersign/service/process';

/** Where auth is and who signs in. The table in the docs is generated from this. */
export const settings = {
  url: setting.optional(
    setting.origin('COUNTERSIGN_URL', {
      describe: 'Origin of the gateway, or of auth itself. When not set: the local stack, found through `DATA_DIR`.',
    }),
  ),
  username: setting.optional(
    setting.string('COUNTERSIGN_USERNAME', { describe: 'The administrator to sign in as; asked for at a terminal when not set.' }),
  ),
  password: setting.optional(
    setting.string('COUNTERSIGN_PASSWORD', {
      describe: 'The administrator’s password; asked for at a terminal, without echo, when not set.',
      secret: true,
    }),
  ),
  dataDir: setting.string('DATA_DIR', {
    describe: 'Folder of the local stack; its `local.json` says where the stack is and who administers it.',
    fallback: '.data',
  }),
} as const;

export type CliConfig = Config<typeof settings>;
