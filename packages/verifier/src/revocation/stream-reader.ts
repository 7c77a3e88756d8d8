import { HEARTBEAT_KIND, REVOCATION_EPOCH_KEY, REVOCATION_STREAM_KEY } from '@countersign/tokens';
import { ANSWER_LIMIT_MS, answerWithin, type Connection } from './connection.ts';
import { compareStreamIds, type StreamEntry } from './stream-entry.ts';

const BATCH = 1000;
const START = '0-0';

export interface News {
  /** Oldest first, without heartbeats. */
  readonly entries: readonly StreamEntry[];
  /** Whether the auth service has confirmed the list since reading it began. */
  readonly hasHeartbeat: boolean;
}

/** Reads the list on, over connections that come and go, and notices another list by its epoch, and by its first and last ids. */
export class StreamReader {
  readonly #blockMs: number;
  #epoch: string | null = null;
  /** The id of the last entry read. */
  #position = START;
  /** The id of the last entry when reading began: only later heartbeats count. */
  #heartbeatsAfter = START;

  /** @param blockMs - how long a read waits for news; whole milliseconds, as Redis takes no others, and not 0, which would be forever */
  constructor(blockMs: number) {
    this.#blockMs = blockMs;
  }

  get epoch(): string | null {
    return this.#epoch;
  }

  get position(): string {
    return this.#position;
  }

  /**
   * Call it first on each new connection.
   *
   * @returns whether reading continues where it stopped; if not, the list is another one, or no longer reaches back that far, and is read
   *   from its start
   */
  async resume(connection: Connection): Promise<boolean> {
    const [first, { epoch, lastId }] = await answerWithin(
      ANSWER_LIMIT_MS,
      Promise.all([connection.xrange(REVOCATION_STREAM_KEY, '-', '+', 'COUNT', 1), readState(connection)]),
    );
    const firstId = first[0]?.[0] ?? null;
    const reachesBack = firstId !== null && compareStreamIds(firstId, this.#position) <= 0 && compareStreamIds(this.#position, lastId) <= 0;
    if (epoch !== this.#epoch || !reachesBack) return this.#startOver(epoch, lastId);
    this.#heartbeatsAfter = lastId;
    return true;
  }

  /** What is new, or nothing after `blockMs` without news. A heartbeat counts only once `isSame` has confirmed the list. */
  async read(connection: Connection): Promise<News> {
    const reply = await answerWithin(
      this.#blockMs + ANSWER_LIMIT_MS,
      connection.xread('COUNT', BATCH, 'BLOCK', this.#blockMs, 'STREAMS', REVOCATION_STREAM_KEY, this.#position),
    );
    const read = (reply?.[0]?.[1] ?? []).map(([id, fields]): StreamEntry => [id, toRecord(fields)]);
    this.#position = read.at(-1)?.[0] ?? this.#position;
    return {
      entries: read.filter(([, { kind }]) => kind !== HEARTBEAT_KIND),
      hasHeartbeat: read.some(([id, { kind }]) => kind === HEARTBEAT_KIND && compareStreamIds(id, this.#heartbeatsAfter) > 0),
    };
  }

  /**
   * Call it after each read: a heartbeat counts only if the list was the same before and after the read. If the last entry comes before our
   * position, the list is another one, or a forged entry was removed from it: reading on from our position would miss the next entries.
   *
   * @returns `false` when the list is now read from its start
   */
  async isSame(connection: Connection): Promise<boolean> {
    const { epoch, lastId } = await answerWithin(ANSWER_LIMIT_MS, readState(connection));
    return epoch === this.#epoch && compareStreamIds(this.#position, lastId) <= 0 ? true : this.#startOver(epoch, lastId);
  }

  #startOver(epoch: string | null, lastId: string): false {
    this.#epoch = epoch;
    this.#position = START;
    this.#heartbeatsAfter = lastId;
    return false;
  }
}

/** Both at one moment, or nearly so: the commands are sent together. */
async function readState(connection: Connection): Promise<{ readonly epoch: string | null; readonly lastId: string }> {
  const [epoch, [last]] = await Promise.all([
    connection.get(REVOCATION_EPOCH_KEY),
    connection.xrevrange(REVOCATION_STREAM_KEY, '+', '-', 'COUNT', 1),
  ]);
  return { epoch, lastId: last?.[0] ?? START };
}

function toRecord(fields: readonly string[]): Record<string, string> {
  const record: Record<string, string> = {};
  for (let i = 0; i + 1 < fields.length; i += 2) record[fields[i] as string] = fields[i + 1] as string;
  return record;
}
