import { Type } from 'typebox';
import { MANY_SESSIONS_TIMEOUT_MS } from '../api.ts';
import { type Command, command } from '../command.ts';
import { LIMIT, parseLimit } from '../input/limit.ts';
import { namesOrNone } from '../input/names.ts';
import { path } from '../path.ts';

const Role = Type.Object({ name: Type.String(), scopes: Type.Array(Type.String()) });

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
    details: `Users who hold the role get added scopes at their next refresh. If it loses a scope, their access tokens end; their
sessions continue, and the next refresh has what is left.`,
    arguments: [{ name: 'ROLE' }, { name: 'SCOPE', many: true }],
    options: { none: { describe: 'No scopes at all.' } },
    async run({ arguments: [role = '', ...given], options }, { api, output }) {
      const scopes = namesOrNone('roles set', 'scopes', given, options.none === true);
      await output.item(
        await api.change('PUT', path`/admin/roles/${role}`, Role, { json: { scopes }, timeoutMs: MANY_SESSIONS_TIMEOUT_MS }),
      );
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
