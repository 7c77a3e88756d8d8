import { Problem } from '@countersign/problems';
import { pageQuery, type Server } from '@countersign/service';
import { Type } from 'typebox';
import { type ChangeUserPorts, changeUser } from '../domain/change-user.ts';
import { type CreateUserPorts, createUser } from '../domain/create-user.ts';
import { deleteUser } from '../domain/delete-user.ts';
import { isId } from '../domain/identifiers.ts';
import { MEMBER_ROLE } from '../domain/user.ts';
import type { DirectoryUser } from '../domain/user-directory.ts';
import { administratorOf } from './administration.ts';
import { sendPage } from './page-of.ts';
import { Username } from './register.ts';

export type AdminUserPorts = CreateUserPorts & ChangeUserPorts;

const Roles = Type.Array(Type.String({ maxLength: 64 }), { maxItems: 20, uniqueItems: true });

const UserAnswer = Type.Object(
  {
    id: Type.String(),
    username: Type.String(),
    roles: Type.Array(Type.String()),
    disabled: Type.Boolean(),
    created_at: Type.String({ format: 'date-time' }),
  },
  { additionalProperties: false },
);

const NewUserBody = Type.Object(
  { username: Username, password: Type.String(), roles: Type.Optional(Roles) },
  { additionalProperties: false },
);
const UserChangeBody = Type.Object(
  { roles: Type.Optional(Roles), disabled: Type.Optional(Type.Boolean()) },
  { additionalProperties: false, minProperties: 1 },
);

export const UserParams = Type.Object({ id: Type.String() });

/** `GET`, `POST /admin/users` and `GET`, `PATCH`, `DELETE /admin/users/{id}`. */
export async function adminUserRoutes(server: Server, { ports }: { readonly ports: AdminUserPorts }): Promise<void> {
  const { db, directory } = ports;

  const list = { querystring: Type.Object(pageQuery, { additionalProperties: false }), response: { 200: Type.Array(UserAnswer) } };
  server.get('/admin/users', { schema: list }, async ({ query }, reply) => {
    const users = await sendPage(
      reply,
      query,
      (after, limit) => directory.findPage(db, after, limit),
      (user) => user.username,
    );
    return users.map(formatUser);
  });

  server.post('/admin/users', { schema: { body: NewUserBody, response: { 201: UserAnswer } } }, async (request, reply) => {
    const user = await createUser(ports, { roles: [MEMBER_ROLE], ...request.body }, administratorOf(request));
    return reply.code(201).header('location', `/admin/users/${user.id}`).send(formatUser(user));
  });

  server.get('/admin/users/:id', { schema: { params: UserParams, response: { 200: UserAnswer } } }, async ({ params }) =>
    formatUser(found(await directory.find(db, parseUserId(params.id)))),
  );

  const change = { params: UserParams, body: UserChangeBody, response: { 200: UserAnswer } };
  server.patch('/admin/users/:id', { schema: change }, async (request) =>
    formatUser(found(await changeUser(ports, parseUserId(request.params.id), request.body, administratorOf(request)))),
  );

  server.delete('/admin/users/:id', { schema: { params: UserParams, response: { 204: Type.Null() } } }, async (request, reply) => {
    if (!(await deleteUser(ports, parseUserId(request.params.id), administratorOf(request)))) throw noSuchUser();
    return reply.code(204).send(null);
  });
}

/** @throws Problem `not_found` for what can be no user's id */
export function parseUserId(text: string): string {
  if (!isId(text)) throw noSuchUser();
  return text;
}

export function noSuchUser(): Problem {
  return new Problem('not_found', { detail: 'There is no such user.' });
}

function found(user: DirectoryUser | null): DirectoryUser {
  if (user === null) throw noSuchUser();
  return user;
}

function formatUser({ id, username, roles, disabled, createdAt }: DirectoryUser) {
  return { id, username, roles: [...roles], disabled, created_at: createdAt.toISOString() };
}
