import { waitOutRevocation } from '../revocation/not-before.ts';
import type { ClientReading, Clients } from './client.ts';

/** The client once tokens may be signed for it, after the second in which its tokens were revoked; `null` if it was deleted meanwhile. */
export function waitUntilClientSignable(clients: Clients, reading: ClientReading): Promise<ClientReading | null> {
  return waitOutRevocation(
    reading,
    ({ client }) => client.tokensNotBefore,
    () => clients.find(reading.client.id),
  );
}
