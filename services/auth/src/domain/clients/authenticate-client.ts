import { OAuthError } from '../oauth-error.ts';
import { type ClientReading, type Clients, isVisibleText } from './client.ts';
import { verifyClientAssertion } from './client-assertion.ts';
import { matchesClientSecret } from './client-secret.ts';

/** What a request presents as its client: a secret, or a signed assertion (RFC 7523). */
export type ClientCredentials =
  | { readonly method: 'client_secret'; readonly clientId: string; readonly secret: string }
  | { readonly method: 'private_key_jwt'; readonly assertion: string; readonly clientId: string | null };

/**
 * Proves which client calls. Unknown client, wrong method and wrong secret are one refusal, at the same cost.
 *
 * @param issuer - the only audience that an assertion may have
 * @throws OAuthError `invalid_client`
 */
export async function authenticateClient(clients: Clients, issuer: string, credentials: ClientCredentials): Promise<ClientReading> {
  return credentials.method === 'client_secret' ? bySecret(clients, credentials) : byAssertion(clients, issuer, credentials);
}

async function bySecret(clients: Clients, { clientId, secret }: { clientId: string; secret: string }): Promise<ClientReading> {
  const reading = isVisibleText(clientId) ? await clients.find(clientId) : null;
  const right = matchesClientSecret(secret, reading?.secretDigests ?? []);
  if (reading === null || !right || reading.client.authMethod !== 'client_secret') throw clientNotAuthenticated();
  return reading;
}

async function byAssertion(
  clients: Clients,
  issuer: string,
  { assertion, clientId }: { assertion: string; clientId: string | null },
): Promise<ClientReading> {
  const verified = await verifyClientAssertion(assertion, { issuer, find: (id) => clients.find(id) });
  if (verified === null) throw clientNotAuthenticated();
  const { reading, jti, expiresAt } = verified;
  if (clientId !== null && clientId !== reading.client.id) throw clientNotAuthenticated();
  // Last, so that only an assertion that is good in everything else is used up.
  const unused = await clients.useAssertion({ clientId: reading.client.id, jti, expiresAt });
  if (!unused) throw clientNotAuthenticated();
  return reading;
}

/** One answer whatever is wrong: an unknown client, its secret, its assertion. */
export function clientNotAuthenticated(): OAuthError {
  return new OAuthError('invalid_client', 'The client could not be authenticated.');
}
