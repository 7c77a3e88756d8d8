import { Problem } from '@countersign/problems';
import { NEXT_PAGE, pageQuery, type Server } from '@countersign/service';
import { Type } from 'typebox';
import { type DeleteRolePorts, deleteRole } from '../../domain/people/delete-role.ts';
import { isRoleName, ROLE_PATTERN, type Role } from '../../domain/people/role.ts';
import { type SetRolePorts, setRole } from '../../domain/people/set-role.ts';
import { MEMBER_ROLE } from '../../domain/people/user.ts';
import { ScopeName } from '../fields.schema.ts';
import { administratorOf } from './administration.ts';
import { MANY_SESSIONS_TIMEOUT_MS } from './many-sessions.ts';
import { readPage } from './page.ts';

const BY_NAME = { of: ({ name }: Role) => name, form: new RegExp(ROLE_PATTERN) };

const Name = Type.String({ examples: [MEMBER_ROLE] });
const NewName = Type.String({ pattern: ROLE_PATTERN, description: '1 to 64 characters A-Z a-z 0-9 _ -', examples: [MEMBER_ROLE] });
/** So few that a token with all of them stays below the 8 KiB at which every verifier refuses it. */
const RoleBody = Type.Object(
  {
    scopes: Type.Array(ScopeName, {
      maxItems: 50,
      uniqueItems: true,
      description: 'All scopes of the role; they replace the ones that it had.',
      examples: [['books:read', 'books:write']],
    }),
  },
  { additionalProperties: false },
);
const RoleAnswer = Type.Object(
  { name: Name, scopes: Type.Array(Type.String(), { examples: [['books:read', 'books:write']] }) },
  { title: 'Role', additionalProperties: false },
);

export async function adminRoleRoutes(server: Server, { ports }: { readonly ports: SetRolePorts & DeleteRolePorts }): Promise<void> {
  const list = {
    summary: 'List roles',
    querystring: Type.Object(pageQuery, { additionalProperties: false }),
    response: { 200: Type.Array(RoleAnswer, { headers: NEXT_PAGE }) },
  };
  server.get('/admin/roles', { schema: list }, async ({ query }, reply) => {
    const page = await readPage(reply, query, (after, limit) => ports.roles.findPage(ports.db, after, limit), BY_NAME);
    return page.map(formatRole);
  });

  const set = {
    summary: 'Set the scopes of a role',
    description:
      'Adds the role if it does not exist. Users who hold it get added scopes at their next refresh. If it loses a scope, their access tokens are revoked; their sessions continue.',
    params: Type.Object({ name: NewName }),
    body: RoleBody,
    response: { 200: RoleAnswer, 201: RoleAnswer },
  };
  const config = { problems: ['conflict'], answerWithinMs: MANY_SESSIONS_TIMEOUT_MS } as const;
  server.put('/admin/roles/:name', { config, schema: set }, async (request, reply) => {
    const { role, isNew } = await setRole(ports, request.params.name, request.body.scopes, administratorOf(request));
    return reply.code(isNew ? 201 : 200).send(formatRole(role));
  });

  const remove = {
    summary: 'Delete a role',
    description: 'Only a role that nobody holds can be deleted.',
    params: Type.Object({ name: Name }),
    response: { 204: Type.Null() },
  };
  server.delete('/admin/roles/:name', { config: { problems: ['conflict'] }, schema: remove }, async (request, reply) => {
    const { name } = request.params;
    if (!isRoleName(name) || !(await deleteRole(ports, name, administratorOf(request))))
      throw new Problem('not_found', { detail: 'There is no such role.' });
    return reply.code(204).send(null);
  });
}

function formatRole({ name, scopes }: Role) {
  return { name, scopes: [...scopes] };
}
