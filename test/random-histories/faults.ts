import { setTimeout as pause } from 'node:timers/promises';
import type { StartedPostgres } from '@countersign/testing';
import { createDeck, type Random } from '@countersign/testing';
import { Redis } from 'ioredis';
import { EVERYBODY, type HistoryRecord } from './history-record.ts';
import type { HistoryStack } from './history-stack.ts';

/** What can go wrong; `end` leaves a stack that will work again by itself. */
export interface Fault {
  readonly name: string;
  /** Two faults of one would undo each other. */
  readonly server: 'Redis' | 'auth' | 'Postgres';
  /** How long it lasts, at least and at most. */
  readonly lastsMs: readonly [number, number];
  begin(): unknown;
  end(): unknown;
}

export function faultsOf({ instances, redis, authPostgres, booksPostgres }: HistoryStack): readonly Fault[] {
  const [a, b] = instances;
  const eachPostgres = (change: (postgres: StartedPostgres) => void) => {
    for (const postgres of [authPostgres, booksPostgres]) change(postgres);
  };
  return [
    {
      name: 'Redis is killed, and comes back empty',
      server: 'Redis',
      lastsMs: [100, 3500],
      begin: () => redis.kill(),
      end: () => redis.restart(),
    },
    { name: 'Redis is paused', server: 'Redis', lastsMs: [200, 3500], begin: () => redis.pause(), end: () => redis.resume() },
    { name: 'Redis is wiped', server: 'Redis', lastsMs: [0, 500], begin: () => wipe(redis.url), end: () => {} },
    { name: 'auth A is killed', server: 'auth', lastsMs: [0, 500], begin: () => a.kill(), end: () => a.restart() },
    { name: 'auth B is killed', server: 'auth', lastsMs: [0, 500], begin: () => b.kill(), end: () => b.restart() },
    {
      name: 'both auth are killed',
      server: 'auth',
      lastsMs: [0, 200],
      begin: () => Promise.all([a.kill(), b.kill()]),
      end: () => Promise.all([a.restart(), b.restart()]),
    },
    {
      name: 'Postgres is paused',
      server: 'Postgres',
      // Longer than calls wait for it, so that they are answered without it.
      lastsMs: [4000, 5500],
      begin: () => eachPostgres(({ pause }) => pause()),
      end: () => eachPostgres(({ resume }) => resume()),
    },
  ];
}

/** Deals every fault in turn, now and then together with one of another server. */
export function createFaultDeck(random: Random, faults: readonly Fault[]): () => readonly Fault[] {
  const deal = createDeck(random, faults);
  return () => {
    const first = deal();
    if (!random.chance(0.4)) return [first];
    const second = random.pick(faults.filter(({ server }) => server !== first.server));
    return random.shuffle([first, second]);
  };
}

/** Begins them one after the other, and holds each for a while. Auth comes back last: it starts only where its servers answer. */
export async function sufferFaults(faults: readonly Fault[], random: Random, record: HistoryRecord): Promise<void> {
  for (const { name, begin } of faults) {
    record.note(EVERYBODY, name);
    await begin();
    record.count(name);
    await pause(random.below(200));
  }
  for (const { name, end, lastsMs } of [
    ...faults.filter(({ server }) => server !== 'auth'),
    ...faults.filter(({ server }) => server === 'auth'),
  ]) {
    await pause(lastsMs[0] + random.below(lastsMs[1] - lastsMs[0]));
    await end();
    record.note(EVERYBODY, `no longer: ${name}`);
  }
}

async function wipe(url: string): Promise<void> {
  const redis = new Redis(url);
  try {
    await redis.flushall();
  } finally {
    redis.disconnect();
  }
}
