import { Type } from 'typebox';
import { type Command, command } from '../command.ts';
import { LIMIT, parseLimit } from '../input/limit.ts';
import { path } from '../path.ts';

const Key = Type.Object({ kid: Type.String(), state: Type.String() });

export const KEYS: readonly Command[] = [
  command({
    name: 'keys list',
    summary: 'The signing keys and the state of each.',
    options: { limit: LIMIT },
    async run({ options }, { api, output }) {
      const columns = ['kid', 'alg', 'state', 'created_at', 'activates_at', 'retires_at', 'killed_at'];
      await output.rows(columns, api.list('/admin/keys', Key, parseLimit(options.limit)));
    },
  }),
  command({
    name: 'keys rotate',
    summary: 'Makes the reserve key the signing key, as soon as every verifier has it.',
    async run(_given, { api, output }) {
      await output.item(await api.change('POST', '/admin/keys/rotate', Key));
    },
  }),
  command({
    name: 'keys kill',
    summary: 'Kills a key: everything that it has signed is refused, everywhere, at once. Asks first.',
    details: 'For a key that may have leaked. The reserve key takes over; users whose access tokens are refused refresh them as usual.',
    arguments: [{ name: 'KID' }],
    asks: true,
    async run({ arguments: [kid = ''] }, { api, output, confirm }) {
      const url = path`/admin/keys/${kid}`;
      await confirm(`Key ${kid} will be killed, and every token that it has signed refused.`);
      await api.delete(url);
      await output.done(`Key ${kid} is killed.`, { kid, killed: true });
    },
  }),
];
