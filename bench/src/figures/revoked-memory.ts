import type { RevocationEntry } from '@countersign/tokens';
import { atMost, type Figure, told } from '../figure.ts';
import { startIssuerServer } from '../issuer-server.ts';
import { randomId } from '../random-id.ts';
import { startVariant } from '../variant-process.ts';

export const revokedMemory: Figure = {
  name: 'revoked-memory',
  title: 'Memory of a verifier for revoked ids',
  async run(context) {
    const ids = Math.round(1_000_000 * Math.min(1, context.effort));
    const server = await startIssuerServer(context);
    const empty = await startVariant(context, 'ours', server.trust);
    const emptyBytes = await empty.heapBytes();
    await empty.stop();
    context.progress(`revoking ${ids} ids`);
    const expiresAt = Math.floor(Date.now() / 1000) + 3660;
    for (let done = 0; done < ids; done += 100_000) {
      const length = Math.min(100_000, ids - done);
      await server.revoke(Array.from({ length }, (): RevocationEntry => ({ kind: 'jti', id: randomId(), expiresAt, before: null })));
    }
    const startedAt = performance.now();
    const full = await startVariant(context, 'ours', { ...server.trust, revoked: ids });
    const seconds = (performance.now() - startedAt) / 1000;
    const bytes = ((await full.heapBytes()) - emptyBytes) / ids;
    return {
      rows: [
        atMost(`memory per revoked id, of ${ids}`, bytes, 120, ' bytes'),
        told('from start until all of them were read', seconds, ' s'),
      ],
    };
  },
};
