import type { RevocationList } from '../domain/revocation/revocation-list.ts';

/** Entries per atomic step, which takes a few milliseconds of Redis's time. A slower Redis gets fewer, or it would never answer in time. */
const ENTRIES = { smallest: 10, first: 250, largest: 1000 };
const SLOW_MS = 500;
/** A full turn that took less is followed by one of twice as many entries, which isn't slow either. */
const FAST_MS = 250;

/** How many entries a turn of the feed sends at most: as many as Redis takes quickly. */
export class PageSize {
  #entries = ENTRIES.first;
  #redisMs = 0;

  get entries(): number {
    return this.#entries;
  }

  /** The list, with its time in Redis measured. The rest of a turn is the database's, and no shorter with fewer entries. */
  timed(list: RevocationList): RevocationList {
    return {
      isReachable: () => list.isReachable(),
      add: (addition) => this.#count(list.add(addition)),
      key: (entries) => this.#count(list.key(entries)),
    };
  }

  /** Call it after each turn. @param wasFull - whether the turn sent a full page */
  adjust(wasFull: boolean): void {
    if (this.#redisMs > SLOW_MS) this.#entries = Math.max(ENTRIES.smallest, Math.floor(this.#entries / 2));
    else if (wasFull && this.#redisMs < FAST_MS) this.#entries = Math.min(ENTRIES.largest, this.#entries * 2);
    this.#redisMs = 0;
  }

  async #count<Result>(work: Promise<Result>): Promise<Result> {
    const begun = performance.now();
    return await work.finally(() => {
      this.#redisMs += performance.now() - begun;
    });
  }
}
