import type { Administrator } from '../administrator.ts';
import type { FirstParty } from '../resource.ts';
import type { ClientFields, DirectoryClient } from './client-directory.ts';
import { isNarrower, parseClientFields } from './client-rules.ts';
import { type CreateClientPorts, describeClient } from './create-client.ts';
import { coverSlowCommit, type RevokeClientPorts, recordClientRevocation } from './revoke-client-tokens.ts';

export type ChangeClientPorts = CreateClientPorts & RevokeClientPorts;
export type ClientChange = { readonly [Name in keyof ClientFields]?: ClientFields[Name] | undefined };

/** Changes a client. Its tokens end if it may now do less. @returns the client as it is now; `null` when there is none */
export async function changeClient(
  ports: ChangeClientPorts,
  firstParty: FirstParty,
  id: string,
  change: ClientChange,
  by: Administrator,
): Promise<DirectoryClient | null> {
  const changed = await ports.db.transaction(async (tx) => {
    const client = await ports.clientDirectory.lock(tx, id);
    if (client === null) return null;
    const next = { ...client, ...parseClientFields(merge(client, change), firstParty) };
    const endsTokens = isNarrower(next, client);
    await ports.clientDirectory.change(tx, id, next);
    if (next.authMethod !== 'client_secret') await ports.clientDirectory.forgetSecrets(tx, id);
    if (endsTokens) await recordClientRevocation(tx, ports, id);
    await ports.audit.record(tx, {
      ...by,
      event: 'client_changed',
      subject: id,
      details: { ...describeClient(next), tokens_ended: endsTokens },
    });
    return { client: next, endsTokens };
  });
  if (changed?.endsTokens) await coverSlowCommit(ports, id);
  return changed?.client ?? null;
}

function merge(client: ClientFields, { name, authMethod, scopes, audiences, jwks }: ClientChange): ClientFields {
  // Changing to client_secret drops the keys, even without `jwks: null` in the request.
  const keptJwks = authMethod === 'client_secret' ? null : client.jwks;
  return {
    name: name ?? client.name,
    authMethod: authMethod ?? client.authMethod,
    scopes: scopes ?? client.scopes,
    audiences: audiences ?? client.audiences,
    jwks: jwks === undefined ? keptJwks : jwks,
  };
}
