import { FIRST_PARTY_CLIENT_ID } from '@countersign/tokens';
import type { FastifyRequest } from 'fastify';
import { authenticateClient, type ClientAuthentication } from '../domain/authenticate-client.ts';
import type { ClientReading } from '../domain/client.ts';
import { OAuthError } from '../domain/oauth-error.ts';
import { type CredentialParameters, readClientCredentials } from './oauth-credentials.ts';

type ClientRequest = Pick<FastifyRequest, 'headers'> & { readonly body: CredentialParameters };

/** The client that sends a request, proven. @throws OAuthError `invalid_client` */
export async function getClient(deps: ClientAuthentication, { headers, body }: ClientRequest): Promise<ClientReading> {
  const credentials = readClientCredentials(headers.authorization, body);
  if (credentials === null) throw new OAuthError('invalid_client', 'The client must authenticate.');
  return authenticateClient(deps, credentials);
}

/** The id of the client that sends a request; the public client of people's sign-ins needs no proof. */
export async function getClientId(deps: ClientAuthentication, request: ClientRequest): Promise<string> {
  const isPublic =
    request.body.client_id === FIRST_PARTY_CLIENT_ID && readClientCredentials(request.headers.authorization, request.body) === null;
  return isPublic ? FIRST_PARTY_CLIENT_ID : (await getClient(deps, request)).client.id;
}
