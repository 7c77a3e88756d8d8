import { FIRST_PARTY_CLIENT_ID } from '@countersign/tokens';
import type { FastifyRequest } from 'fastify';
import { type ClientReading, type Clients, isClientId } from '../../domain/clients/client.ts';
import { judgeClient } from '../../domain/clients/judge-client.ts';
import { OAuthError } from '../../domain/oauth-error.ts';
import { type CredentialParameters, readClientCredentials } from './credentials.ts';

export interface ClientAuthentication {
  readonly ports: { readonly clients: Clients };
  readonly rules: { readonly access: { readonly issuer: string } };
}

type ClientRequest = Pick<FastifyRequest, 'headers' | 'log'> & { readonly body: CredentialParameters };

/** The authenticated client of a request. @throws OAuthError `invalid_client` */
export async function getClient(options: ClientAuthentication, { headers, body, log }: ClientRequest): Promise<ClientReading> {
  const credentials = readClientCredentials(headers.authorization, body);
  if (credentials === null) throw new OAuthError('invalid_client', 'The client must authenticate.');
  const { method } = credentials;
  const judged = await judgeClient(options.ports.clients, options.rules.access.issuer, credentials);
  if ('reason' in judged) {
    const { claimedId, reason } = judged;
    const claimed = claimedId !== null && isLoggable(claimedId) ? claimedId : null;
    log.info({ claimed_client_id: claimed, method, reason }, 'client not authenticated');
    throw clientNotAuthenticated();
  }
  log.info({ client_id: judged.client.id, method }, 'client authenticated');
  return judged;
}

/** The same answer for an unknown client, a wrong secret and a wrong assertion. */
export function clientNotAuthenticated(): OAuthError {
  return new OAuthError('invalid_client', 'The client could not be authenticated.');
}

/** Only what has the form of a client's id, and not of a secret of ours: the fields may have been mixed up. */
function isLoggable(clientId: string): boolean {
  return isClientId(clientId) && !clientId.startsWith('cs_');
}

/** The id of the client that sends a request; the public client of people's sign-ins needs no proof. */
export async function getSendingClientId(options: ClientAuthentication, request: ClientRequest): Promise<string> {
  const isPublic =
    request.body.client_id === FIRST_PARTY_CLIENT_ID && readClientCredentials(request.headers.authorization, request.body) === null;
  return isPublic ? FIRST_PARTY_CLIENT_ID : (await getClient(options, request)).client.id;
}
