import { type ClientReading, type ClientRefusal, type Clients, isVisibleText } from './client.ts';
import { judgeClientAssertion } from './client-assertion.ts';
import { matchesClientSecret } from './client-secret.ts';

/** What a request presents as its client: a secret, or a signed assertion (RFC 7523). */
export type ClientCredentials =
  | { readonly method: 'client_secret'; readonly clientId: string; readonly secret: string }
  | { readonly method: 'private_key_jwt'; readonly assertion: string; readonly clientId: string | null };

/**
 * Authenticates a client. Unknown client, wrong method and wrong secret differ only in the log, and cost the same.
 *
 * @param issuer - the only audience that an assertion may have
 */
export async function judgeClient(
  clients: Clients,
  issuer: string,
  credentials: ClientCredentials,
): Promise<ClientReading | ClientRefusal> {
  return credentials.method === 'client_secret' ? judgeSecret(clients, credentials) : judgeAssertion(clients, issuer, credentials);
}

async function judgeSecret(
  clients: Clients,
  { clientId, secret }: { clientId: string; secret: string },
): Promise<ClientReading | ClientRefusal> {
  const reading = isVisibleText(clientId) ? await clients.find(clientId) : null;
  const isRight = matchesClientSecret(secret, reading?.secretDigests ?? []);
  if (reading === null) return { claimedId: clientId, reason: 'unknown client' };
  if (reading.client.authMethod !== 'client_secret') return { claimedId: clientId, reason: 'the client has keys, and no secret' };
  if (!isRight) return { claimedId: clientId, reason: 'the secret is wrong' };
  return reading;
}

async function judgeAssertion(
  clients: Clients,
  issuer: string,
  { assertion, clientId }: { assertion: string; clientId: string | null },
): Promise<ClientReading | ClientRefusal> {
  const verified = await judgeClientAssertion(assertion, { issuer, find: (id) => clients.find(id) });
  if ('reason' in verified) return { ...verified, claimedId: verified.claimedId ?? clientId };
  const { reading, jti, expiresAtSeconds } = verified;
  const { id } = reading.client;
  if (clientId !== null && clientId !== id) return { claimedId: id, reason: 'client_id is not sub' };
  // Last, so that only an otherwise valid assertion is used up.
  const unused = await clients.useAssertion({ clientId: id, jti, expiresAtSeconds });
  return unused ? reading : { claimedId: id, reason: 'used before, or expired by now' };
}
