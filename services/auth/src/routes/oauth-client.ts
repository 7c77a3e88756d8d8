import { FIRST_PARTY_CLIENT_ID } from '@countersign/tokens';
import type { FastifyRequest } from 'fastify';
import { authenticateClient } from '../domain/authenticate-client.ts';
import type { ClientReading, Clients } from '../domain/client.ts';
import { OAuthError } from '../domain/oauth-error.ts';
import { type CredentialParameters, readClientCredentials } from './oauth-credentials.ts';

export interface ClientAuthentication {
  readonly clients: Clients;
  readonly rules: { readonly access: { readonly issuer: string } };
}

type ClientRequest = Pick<FastifyRequest, 'headers'> & { readonly body: CredentialParameters };

/** The client that sends a request, proven. @throws OAuthError `invalid_client` */
export async function getClient(options: ClientAuthentication, { headers, body }: ClientRequest): Promise<ClientReading> {
  const credentials = readClientCredentials(headers.authorization, body);
  if (credentials === null) throw new OAuthError('invalid_client', 'The client must authenticate.');
  return authenticateClient(options.clients, options.rules.access.issuer, credentials);
}

/** The id of the client that sends a request; the public client of people's sign-ins needs no proof. */
export async function getClientId(options: ClientAuthentication, request: ClientRequest): Promise<string> {
  const isPublic =
    request.body.client_id === FIRST_PARTY_CLIENT_ID && readClientCredentials(request.headers.authorization, request.body) === null;
  return isPublic ? FIRST_PARTY_CLIENT_ID : (await getClient(options, request)).client.id;
}
