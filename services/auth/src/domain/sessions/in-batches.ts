import type { RevocationFeed } from '../revocation/revocations.ts';

/** Sessions of one transaction: a million of them must hold no lock, and be no statement, for longer than a moment. */
const BATCH = 2000;

/** Works on many sessions in batches, each committed by itself, and sends what each batch revokes. */
export async function inBatches(
  { feed }: { readonly feed: RevocationFeed },
  batches: AsyncIterable<readonly string[]>,
  work: (ids: readonly string[]) => Promise<void>,
): Promise<void> {
  let sent: Promise<unknown> = Promise.resolve();
  for await (const ids of batches) {
    await work(ids);
    // A batch is sent while the next one is worked on, and never two at once: what others revoke must not wait in a long queue.
    await sent;
    sent = feed.flush();
  }
  await sent;
}

/** @param find - ids in their order, beyond `after` */
export async function* batchesOf(
  find: (after: string, limit: number) => Promise<readonly string[]>,
): AsyncGenerator<readonly string[], void, void> {
  let after: string | undefined = '';
  for (;;) {
    const ids: readonly string[] = await find(after, BATCH);
    after = ids.at(-1);
    if (after === undefined) return;
    yield ids;
  }
}
