import { NEXT_PAGE, pageQuery, type Server } from '@countersign/service';
import { DEFAULT_AUDIENCE } from '@countersign/tokens';
import { Type } from 'typebox';
import { type ChangeClientPorts, changeClient } from '../../domain/clients/change-client.ts';
import { createClient } from '../../domain/clients/create-client.ts';
import { deleteClient } from '../../domain/clients/delete-client.ts';
import { replaceClientSecret } from '../../domain/clients/replace-client-secret.ts';
import { revokeClientTokens } from '../../domain/clients/revoke-client-tokens.ts';
import type { FirstParty } from '../../domain/resource.ts';
import { administratorOf } from './administration.ts';
import { ClientAnswer, ClientChangeBody, formatClient, NewClientAnswer, NewClientBody, SecretAnswer, SecretBody } from './client.schema.ts';
import { ClientParams, noSuchClient, parseClientId } from './client-id.ts';
import { PLACE_IN_TIME, readPage } from './page.ts';

export async function adminClientRoutes(
  server: Server,
  { ports, firstParty }: { readonly ports: ChangeClientPorts; readonly firstParty: FirstParty },
): Promise<void> {
  const list = {
    summary: 'List clients',
    querystring: Type.Object(pageQuery, { additionalProperties: false }),
    response: { 200: Type.Array(ClientAnswer, { headers: NEXT_PAGE }) },
  };
  server.get('/admin/clients', { schema: list }, async ({ query }, reply) => {
    const findPage = (after: string | null, limit: number) => ports.clientDirectory.findPage(ports.db, after, limit);
    const page = await readPage(reply, query, findPage, PLACE_IN_TIME);
    return page.map(formatClient);
  });

  const add = { summary: 'Add a client', body: NewClientBody, response: { 201: NewClientAnswer } };
  server.post('/admin/clients', { schema: add }, async (request, reply) => {
    const { auth_method: authMethod = 'client_secret', jwks = null, scopes = [], audiences = [DEFAULT_AUDIENCE], name } = request.body;
    const { client, secret } = await createClient(
      ports,
      firstParty,
      { name, scopes, audiences, authMethod, jwks },
      administratorOf(request),
    );
    return reply.code(201).send({ ...formatClient(client), ...(secret !== null && { client_secret: secret }) });
  });

  const change = {
    summary: 'Change a client',
    description: 'The client’s tokens are revoked when it loses a scope, an audience or a key, or changes its authentication method.',
    params: ClientParams,
    body: ClientChangeBody,
    response: { 200: ClientAnswer },
  };
  server.patch('/admin/clients/:id', { schema: change }, async (request) => {
    const { auth_method: authMethod, ...fields } = request.body;
    const changed = await changeClient(
      ports,
      firstParty,
      parseClientId(request.params.id),
      { ...fields, authMethod },
      administratorOf(request),
    );
    if (changed === null) throw noSuchClient();
    return formatClient(changed);
  });

  const remove = {
    summary: 'Delete a client',
    description: 'The client’s tokens are revoked.',
    params: ClientParams,
    response: { 204: Type.Null() },
  };
  server.delete('/admin/clients/:id', { schema: remove }, async (request, reply) => {
    if (!(await deleteClient(ports, parseClientId(request.params.id), administratorOf(request)))) throw noSuchClient();
    return reply.code(204).send(null);
  });

  const end = {
    summary: 'Revoke a client’s tokens',
    description: 'The client stays and can get new tokens.',
    params: ClientParams,
    response: { 204: Type.Null() },
  };
  server.delete('/admin/clients/:id/tokens', { schema: end }, async (request, reply) => {
    if (!(await revokeClientTokens(ports, parseClientId(request.params.id), administratorOf(request)))) throw noSuchClient();
    return reply.code(204).send(null);
  });

  const replace = { summary: 'Create a new client secret', params: ClientParams, body: SecretBody, response: { 200: SecretAnswer } };
  server.post('/admin/clients/:id/secret', { config: { problems: ['conflict'] }, schema: replace }, async (request) => {
    const revokeOld = request.body?.revoke_old ?? false;
    const secret = await replaceClientSecret(ports, parseClientId(request.params.id), { revokeOld }, administratorOf(request));
    if (secret === null) throw noSuchClient();
    return { client_secret: secret };
  });
}
