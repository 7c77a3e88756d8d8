import { Type } from 'typebox';
import { type Command, command } from '../command.ts';
import { importUsers } from '../import/import-users.ts';
import { LIMIT, parseLimit } from '../input/limit.ts';
import { namesOrNone, splitNames } from '../input/names.ts';
import { readNewPassword } from '../input/new-password.ts';
import { path } from '../path.ts';
import { getUser, User } from './find-user.ts';

const Reset = Type.Object({ reset_token: Type.String(), expires_at: Type.String() });
const ROLES = { value: 'ROLES', describe: 'Roles, separated by commas; "" for none. When left out: member.' } as const;

export const USERS: readonly Command[] = [
  command({
    name: 'users list',
    summary: 'All users, by name.',
    options: { limit: LIMIT },
    async run({ options }, { api, output }) {
      await output.rows(['id', 'username', 'roles', 'disabled', 'created_at'], api.list('/admin/users', User, parseLimit(options.limit)));
    },
  }),
  command({
    name: 'users show',
    summary: 'One user.',
    arguments: [{ name: 'USER' }],
    async run({ arguments: [user = ''] }, { api, output }) {
      await output.item(await getUser(api, user));
    },
  }),
  command({
    name: 'users create',
    summary: 'Adds a user.',
    details:
      'The password is asked for at a terminal, without echo, or read from a file. It is never an argument, which others could read.',
    arguments: [{ name: 'USERNAME' }],
    options: { roles: ROLES, 'password-file': { value: 'FILE', describe: 'File that holds the password; - for standard input.' } },
    async run({ arguments: [username = ''], options }, { api, output, io }) {
      const password = await readNewPassword(io, options['password-file']);
      const roles = options.roles === undefined ? {} : { roles: splitNames(options.roles) };
      await output.item(await api.change('POST', '/admin/users', User, { json: { username, password, ...roles } }));
    },
  }),
  command({
    name: 'users set-roles',
    summary: 'Gives a user these roles and no others.',
    details: 'Access tokens end; sessions continue, and their next refresh has the new roles.',
    arguments: [{ name: 'USER' }, { name: 'ROLE', many: true }],
    options: { none: { describe: 'No roles at all.' } },
    async run({ arguments: [user = '', ...given], options }, { api, output }) {
      const roles = namesOrNone('users set-roles', 'roles', given, options.none === true);
      const { id } = await getUser(api, user);
      await output.item(await api.change('PATCH', path`/admin/users/${id}`, User, { json: { roles } }));
    },
  }),
  command({
    name: 'users disable',
    summary: 'Stops a user from signing in, and ends their sessions.',
    arguments: [{ name: 'USER' }],
    async run({ arguments: [user = ''] }, { api, output }) {
      const { id } = await getUser(api, user);
      await output.item(await api.change('PATCH', path`/admin/users/${id}`, User, { json: { disabled: true } }));
    },
  }),
  command({
    name: 'users enable',
    summary: 'Lets a disabled user sign in again.',
    arguments: [{ name: 'USER' }],
    async run({ arguments: [user = ''] }, { api, output }) {
      const { id } = await getUser(api, user);
      await output.item(await api.change('PATCH', path`/admin/users/${id}`, User, { json: { disabled: false } }));
    },
  }),
  command({
    name: 'users delete',
    summary: 'Deletes a user, and ends their sessions. Asks first.',
    arguments: [{ name: 'USER' }],
    asks: true,
    async run({ arguments: [user = ''] }, { api, output, confirm }) {
      const { id, username } = await getUser(api, user);
      await confirm(`User ${username} (${id}) will be deleted.`);
      await api.delete(path`/admin/users/${id}`);
      await output.done(`User ${username} (${id}) is deleted.`, { id, username, deleted: true });
    },
  }),
  command({
    name: 'users reset-password',
    summary: 'Creates a token with which a user can set a new password, once, within an hour.',
    details: `Hand the token over privately. The user sends it with the new password to POST /password/reset. Until then the old password
and the sessions stay valid.`,
    arguments: [{ name: 'USER' }],
    async run({ arguments: [user = ''] }, { api, output }) {
      const { id, username } = await getUser(api, user);
      const reset = await api.change('POST', path`/admin/users/${id}/password-reset`, Reset);
      await output.item({ id, username, ...reset });
      output.note(
        'The reset token is shown only this once. Anyone who has it can take over the account. Until it is used, the old password and the sessions stay valid.',
      );
    },
  }),
  command({
    name: 'users import',
    summary: 'Adds users with the hashes of their passwords, from CSV or JSON Lines.',
    details: `CSV is UTF-8, with a header that names the columns username, password_hash and optionally roles. Cells are separated by commas,
semicolons or tabs, as in the header; roles by blanks, bars, or commas or semicolons (in quotes where these separate the cells).
JSON Lines has one object per line with the same names, roles being an array. Roles must exist: roles set makes them. FILE is - for
standard input. Hashes of Werkzeug (pbkdf2, scrypt), bcrypt and Argon2 are accepted; each is replaced by a new one when its user
first signs in. Lines that are refused are listed with the reason, and the exit code is then 1. When the import breaks off, e.g. because auth is stopped, it says
how many lines were imported, refused, or sent without an answer and thus unknown. What was imported stays, so that the same file
can be imported again: users that already exist are refused as taken.`,
    arguments: [{ name: 'FILE' }],
    options: { format: { value: 'FORMAT', describe: 'csv or jsonl; when left out: by the file’s name, or its first character.' } },
    run: ({ arguments: [file = ''], options }, context) => importUsers(file, options.format, context),
  }),
];
