import { Type } from 'typebox';
import { path } from '../api.ts';
import { type Command, command } from '../command.ts';
import { UsageError } from '../failures.ts';
import { LIMIT, parseLimit } from '../input/limit.ts';
import { splitNames } from '../input/names.ts';

const Role = Type.Object({ name: Type.String(), scopes: Type.Array(Type.String()) });
/** Auth works through all sessions of those who hold the role. */
const TIMEOUT_MS = 10 * 60_000;

export const ROLES: readonly Command[] = [
  command({
    name: 'roles list',
    summary: 'All roles, and the scopes that each gives.',
    options: { limit: LIMIT },
    async run({ options }, { api, output }) {
      await output.rows(['name', 'scopes'], api.list('/admin/roles', Role, parseLimit(options.limit)));
    },
  }),
  command({
    name: 'roles set',
    summary: 'Gives a role these scopes and no others; adds the role if there is none.',
    details: `Who holds the role has what it gained at the next refresh. If it lost a scope, their access tokens end; their sessions
continue, and the next refresh has what is left.`,
    arguments: [{ name: 'ROLE' }, { name: 'SCOPE', many: true }],
    options: { none: { describe: 'No scopes at all.' } },
    async run({ arguments: [role = '', ...given], options }, { api, output }) {
      const scopes = [...new Set(given.flatMap(splitNames))];
      if (scopes.length === 0 && options.none !== true) throw new UsageError('roles set: name the scopes, or use --none.');
      if (scopes.length > 0 && options.none === true) throw new UsageError('roles set: both scopes and --none: use one of them.');
      await output.item(await api.change('PUT', path`/admin/roles/${role}`, Role, { json: { scopes }, timeoutMs: TIMEOUT_MS }));
    },
  }),
  command({
    name: 'roles delete',
    summary: 'Deletes a role that nobody holds. Asks first.',
    arguments: [{ name: 'ROLE' }],
    asks: true,
    async run({ arguments: [role = ''] }, { api, output, confirm }) {
      const url = path`/admin/roles/${role}`;
      await confirm(`Role ${role} will be deleted.`);
      await api.delete(url);
      await output.done(`Role ${role} is deleted.`, { name: role, deleted: true });
    },
  }),
];
