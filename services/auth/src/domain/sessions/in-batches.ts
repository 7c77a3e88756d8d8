import type { RevocationFeed } from '../revocation/revocations.ts';

/** Sessions per transaction: even a million hold no lock, and run no statement, for longer than a moment. */
const BATCH = 2000;

/** Works on many sessions in batches, each committed by itself, and flushes the feed after each. */
export async function inBatches(
  { feed }: { readonly feed: RevocationFeed },
  batches: AsyncIterable<readonly string[]>,
  work: (ids: readonly string[]) => Promise<void>,
): Promise<void> {
  let sent: Promise<unknown> = Promise.resolve();
  for await (const ids of batches) {
    await work(ids);
    // A batch is flushed while the next one is worked on, but never two at once: other revocations must not wait in a long queue.
    await sent;
    sent = feed.flush();
  }
  await sent;
}

/** @param find - ids beyond `after`, in ascending order */
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
