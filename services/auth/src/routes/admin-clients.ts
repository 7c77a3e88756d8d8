import { Problem } from '@countersign/problems';
import { pageQuery, type Server } from '@countersign/service';
import { DEFAULT_AUDIENCE, SCOPE_NAME_PATTERN } from '@countersign/tokens';
import type { FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import { type ChangeClientPorts, changeClient } from '../domain/change-client.ts';
import { CLIENT_AUTH_METHODS, isClientId } from '../domain/client.ts';
import type { DirectoryClient } from '../domain/client-directory.ts';
import { createClient } from '../domain/create-client.ts';
import { deleteClient } from '../domain/delete-client.ts';
import { replaceClientSecret } from '../domain/replace-client-secret.ts';
import { revokeClientTokens } from '../domain/revoke-client-tokens.ts';
import { administratorOf } from './administration.ts';
import { NEXT_PAGE, sendPage } from './page-of.ts';

const Name = Type.String({
  minLength: 1,
  maxLength: 100,
  pattern: '^(?=[^]*\\S)[^\\0\\p{Surrogate}]*$',
  description: 'text of which something can be seen',
  examples: ['reports'],
});
const Scopes = Type.Array(Type.String({ pattern: SCOPE_NAME_PATTERN, maxLength: 100, description: 'a scope of RFC 6749, section 3.3' }), {
  maxItems: 50,
  uniqueItems: true,
  description: 'What it may ask for at most.',
  examples: [['books:read']],
});
const Audiences = Type.Array(Type.String({ maxLength: 200 }), {
  maxItems: 20,
  uniqueItems: true,
  description: 'The services that its tokens may be for: URIs.',
  examples: [['urn:countersign:books']],
});
const AuthMethod = Type.Enum([...CLIENT_AUTH_METHODS], { description: 'A secret that is made here, or a key of its own (RFC 7523).' });
const ClientJwks = Type.Object(
  { keys: Type.Array(Type.Object({}, { additionalProperties: true, maxProperties: 30 }), { minItems: 1, maxItems: 10 }) },
  { additionalProperties: false, description: 'The public keys of a `private_key_jwt` client (RFC 7517).' },
);
const JwksOrNull = Type.Union([ClientJwks, Type.Null()]);

const NewClientBody = Type.Object(
  {
    name: Name,
    scopes: Type.Optional(Scopes),
    audiences: Type.Optional(Audiences),
    auth_method: Type.Optional(AuthMethod),
    jwks: Type.Optional(JwksOrNull),
  },
  { additionalProperties: false },
);
const ClientChangeBody = Type.Partial(NewClientBody, { additionalProperties: false, minProperties: 1 });
const SecretBody = Type.Unsafe<{ revoke_old?: boolean } | null>({
  type: ['object', 'null'],
  properties: { revoke_old: Type.Boolean({ description: 'Else the old one is good for another 24 h.' }) },
  additionalProperties: false,
});

const ClientId = Type.String({ examples: ['c-4nVqZC0rTyWb1kEsXo8uPa'] });
const client = {
  client_id: ClientId,
  name: Type.String({ examples: ['reports'] }),
  scopes: Type.Array(Type.String(), { examples: [['books:read']] }),
  audiences: Type.Array(Type.String(), { examples: [['urn:countersign:books']] }),
  auth_method: AuthMethod,
  jwks: Type.Union([Type.Object({ keys: Type.Array(Type.Object({}, { additionalProperties: true })) }), Type.Null()], { examples: [null] }),
  created_at: Type.String({ format: 'date-time' }),
};
const ClientSecret = Type.String({ description: 'Shown this once.', examples: ['cs_cs_7Hq2…'] });
const ClientAnswer = Type.Object(client, { title: 'Client', additionalProperties: false });
const NewClientAnswer = Type.Object(
  { ...client, client_secret: Type.Optional(ClientSecret) },
  { title: 'NewClient', additionalProperties: false },
);
const SecretAnswer = Type.Object({ client_secret: ClientSecret }, { additionalProperties: false });
const ClientParams = Type.Object({ id: ClientId });

/** `GET`, `POST /admin/clients`; `PATCH`, `DELETE /admin/clients/{id}`; `DELETE …/tokens`; `POST …/secret`. */
export async function adminClientRoutes(
  server: Server,
  { ports, issuer }: { readonly ports: ChangeClientPorts; readonly issuer: string },
): Promise<void> {
  const list = {
    summary: 'List clients',
    querystring: Type.Object(pageQuery, { additionalProperties: false }),
    response: { 200: Type.Array(ClientAnswer, { headers: NEXT_PAGE }) },
  };
  server.get('/admin/clients', { schema: list }, async ({ query }, reply) => {
    const findPage = (after: string | null, limit: number) => ports.clientDirectory.findPage(ports.db, after, limit);
    const page = await sendPage(reply, query, findPage, ({ place }) => place);
    return page.map(formatClient);
  });

  const add = { summary: 'Add a client', body: NewClientBody, response: { 201: NewClientAnswer } };
  server.post('/admin/clients', { schema: add }, async (request, reply) => {
    const { auth_method: authMethod = 'client_secret', jwks = null, scopes = [], audiences = [DEFAULT_AUDIENCE], name } = request.body;
    const { client, secret } = await createClient(ports, issuer, { name, scopes, audiences, authMethod, jwks }, administratorOf(request));
    return reply.code(201).send({ ...formatClient(client), ...(secret !== null && { client_secret: secret }) });
  });

  const change = {
    summary: 'Change a client',
    description: 'Its tokens end when it loses a scope, an audience, a key, or its way to prove itself.',
    params: ClientParams,
    body: ClientChangeBody,
    response: { 200: ClientAnswer },
  };
  server.patch('/admin/clients/:id', { schema: change }, async (request) => {
    const { auth_method: authMethod, ...fields } = request.body;
    const changed = await changeClient(ports, issuer, getClientId(request), { ...fields, authMethod }, administratorOf(request));
    if (changed === null) throw noSuchClient();
    return formatClient(changed);
  });

  const remove = { summary: 'Delete a client', description: 'Its tokens end.', params: ClientParams, response: { 204: Type.Null() } };
  server.delete('/admin/clients/:id', { schema: remove }, async (request, reply) => {
    if (!(await deleteClient(ports, getClientId(request), administratorOf(request)))) throw noSuchClient();
    return reply.code(204).send(null);
  });

  const end = {
    summary: 'End a client’s tokens',
    description: 'It may get new ones.',
    params: ClientParams,
    response: { 204: Type.Null() },
  };
  server.delete('/admin/clients/:id/tokens', { schema: end }, async (request, reply) => {
    if (!(await revokeClientTokens(ports, getClientId(request), administratorOf(request)))) throw noSuchClient();
    return reply.code(204).send(null);
  });

  const replace = { summary: 'Make another secret', params: ClientParams, body: SecretBody, response: { 200: SecretAnswer } };
  server.post('/admin/clients/:id/secret', { config: { problems: ['conflict'] }, schema: replace }, async (request) => {
    const revokeOld = request.body?.revoke_old ?? false;
    const secret = await replaceClientSecret(ports, getClientId(request), { revokeOld }, administratorOf(request));
    if (secret === null) throw noSuchClient();
    return { client_secret: secret };
  });
}

/** @throws Problem `not_found` for what can be no client's id */
function getClientId({ params }: FastifyRequest): string {
  const { id } = params as { id: string };
  if (!isClientId(id)) throw noSuchClient();
  return id;
}

function noSuchClient(): Problem {
  return new Problem('not_found', { detail: 'There is no such client.' });
}

function formatClient({ id, name, scopes, audiences, authMethod, jwks, createdAt }: DirectoryClient) {
  return {
    client_id: id,
    name,
    scopes: [...scopes],
    audiences: [...audiences],
    auth_method: authMethod,
    jwks: jwks && { keys: jwks.keys.map((key) => ({ ...(key as object) })) },
    created_at: createdAt.toISOString(),
  };
}
