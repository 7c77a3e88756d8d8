import { NEXT_PAGE, pageQuery, type Server } from '@countersign/service';
import { Type } from 'typebox';
import { type ChangeUserPorts, changeUser } from '../../domain/people/change-user.ts';
import { type CreateUserPorts, createUser } from '../../domain/people/create-user.ts';
import { deleteUser } from '../../domain/people/delete-user.ts';
import { MEMBER_ROLE, USERNAME_PATTERN } from '../../domain/people/user.ts';
import type { DirectoryUser } from '../../domain/people/user-directory.ts';
import { callerOf } from '../caller.ts';
import { NewPassword, Roles, UserId, Username } from '../fields.schema.ts';
import { administratorOf } from './administration.ts';
import { readPage } from './page.ts';
import { noSuchUser, parseUserId, UserParams } from './user-id.ts';

const BY_NAME = { of: ({ username }: DirectoryUser) => username, form: new RegExp(USERNAME_PATTERN) };

export type AdminUserPorts = CreateUserPorts & ChangeUserPorts;

const NewRoles = Type.Array(Type.String({ maxLength: 64 }), {
  maxItems: 20,
  uniqueItems: true,
  description: `All roles of the user; they replace earlier ones. A new user is a \`${MEMBER_ROLE}\` when this is left out.`,
  examples: [[MEMBER_ROLE]],
});
const Disabled = Type.Boolean({ description: 'Whether the user is kept from signing in.', examples: [false] });

const UserAnswer = Type.Object(
  {
    id: UserId,
    username: Username,
    roles: Roles,
    disabled: Disabled,
    created_at: Type.String({ format: 'date-time' }),
  },
  { title: 'User', additionalProperties: false },
);

const NewUserBody = Type.Object(
  { username: Username, password: NewPassword, roles: Type.Optional(NewRoles) },
  { additionalProperties: false },
);
const UserChangeBody = Type.Object(
  { roles: Type.Optional(NewRoles), disabled: Type.Optional(Disabled) },
  { additionalProperties: false, minProperties: 1 },
);

export async function adminUserRoutes(server: Server, { ports }: { readonly ports: AdminUserPorts }): Promise<void> {
  const { db, userDirectory } = ports;

  const list = {
    summary: 'List users',
    description: 'Sorted by username; with `username`, only the user of that name, regardless of case.',
    querystring: Type.Object({ ...pageQuery, username: Type.Optional(Username) }, { additionalProperties: false }),
    response: { 200: Type.Array(UserAnswer, { headers: NEXT_PAGE }) },
  };
  server.get('/admin/users', { schema: list }, async ({ query }, reply) => {
    const users = await readPage(reply, query, (after, limit) => userDirectory.findPage(db, after, limit, query.username), BY_NAME);
    return users.map(formatUser);
  });

  const add = { summary: 'Add a user', body: NewUserBody, response: { 201: UserAnswer } };
  server.post('/admin/users', { config: { problems: ['conflict'] }, schema: add }, async (request, reply) => {
    const user = await createUser(ports, { roles: [MEMBER_ROLE], ...request.body }, administratorOf(request), callerOf(request));
    return reply.code(201).header('location', `/admin/users/${user.id}`).send(formatUser(user));
  });

  const read = { summary: 'Read a user', params: UserParams, response: { 200: UserAnswer } };
  server.get('/admin/users/:id', { schema: read }, async ({ params }) =>
    formatUser(found(await userDirectory.find(db, parseUserId(params.id)))),
  );

  const change = {
    summary: 'Change a user',
    description:
      'A change of roles revokes the user’s access tokens, and the next refresh has the new roles. Disabling a user ends their sessions. At least one administrator must remain.',
    params: UserParams,
    body: UserChangeBody,
    response: { 200: UserAnswer },
  };
  server.patch('/admin/users/:id', { config: { problems: ['conflict'] }, schema: change }, async (request) =>
    formatUser(found(await changeUser(ports, parseUserId(request.params.id), request.body, administratorOf(request)))),
  );

  const remove = { summary: 'Delete a user', description: 'The user’s sessions end.', params: UserParams, response: { 204: Type.Null() } };
  server.delete('/admin/users/:id', { config: { problems: ['conflict'] }, schema: remove }, async (request, reply) => {
    if (!(await deleteUser(ports, parseUserId(request.params.id), administratorOf(request)))) throw noSuchUser();
    return reply.code(204).send(null);
  });
}

function found(user: DirectoryUser | null): DirectoryUser {
  if (user === null) throw noSuchUser();
  return user;
}

function formatUser({ id, username, roles, disabled, createdAt }: DirectoryUser) {
  return { id, username, roles: [...roles], disabled, created_at: createdAt.toISOString() };
}
