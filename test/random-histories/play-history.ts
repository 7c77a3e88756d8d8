import { setTimeout as pause } from 'node:timers/promises';
import { createRandom, type Owner, type Random, until } from '@countersign/testing';
import { Administrator } from './administrator.ts';
import { ClientService } from './client-service.ts';
import { Doubter } from './doubter.ts';
import { createFaultDeck, faultsOf, sufferFaults } from './faults.ts';
import type { History } from './history.ts';
import { EVERYBODY, HistoryRecord } from './history-record.ts';
import { startHistoryStack } from './history-stack.ts';
import { createTokenUses } from './judge-uses.ts';
import { Person } from './person.ts';
import { Probe } from './probe.ts';
import { createSend, type Limits } from './send-calls.ts';
import { Weather } from './weather.ts';

export interface HistoryOptions {
  readonly seed: number;
  /** At least. In each of them everything works for a while, and then faults begin and end. */
  readonly rounds: number;
  /** What has to take place, by the names that the record counts: for that it goes on, up to three times as long. */
  readonly wanted: readonly string[];
  readonly limits: Limits;
}

const NAMES = ['anna', 'ben', 'cleo', 'dan'];
const MOVES_BETWEEN_FAULTS = 60;
/** Between two moves of one actor, at most. */
const PAUSE_MS = 120;
const DOUBTS_EVERY_MS = 30;

/** Lets people, a service and an administrator do what a seed chooses, while servers fail and come back, and holds every answer to a model. */
export async function playHistory(t: Owner, { seed, rounds, wanted, limits }: HistoryOptions): Promise<HistoryRecord> {
  const random = createRandom(seed);
  const stack = await startHistoryStack(t);
  const [record, weather] = [new HistoryRecord(), new Weather()];
  const send = createSend(record, weather, limits);
  const uses = createTokenUses({ stack, record, weather, limits, send });
  const history: History = { stack, record, send, uses, keys: new Map() };
  const people = NAMES.map((name) => new Person(name, history, random.fork()));
  const service = new ClientService(history, random.fork());
  const administrator = new Administrator(history, random.fork(), people, service);
  const probe = new Probe(history, limits);
  await administrator.addClient();

  const acting = startActing(record, random, [
    ...[...people, service].map((actor) => ({ actor, pauseMs: PAUSE_MS, what: 'moves' })),
    { actor: new Doubter(history, random.fork()), pauseMs: DOUBTS_EVERY_MS, what: 'doubts' },
  ]);
  t.teardown(() => acting.stop());
  const deal = createFaultDeck(random.fork(), faultsOf(stack));
  const hasAll = () => wanted.every((what) => record.countOf(what) > 0);
  for (let round = 1; round <= rounds || (!hasAll() && round <= 3 * rounds); round += 1) {
    await Promise.all([administrator.move(), movesPass(record, MOVES_BETWEEN_FAULTS)]);
    weather.faultBegins();
    const administering = administrator.move();
    await sufferFaults(deal(), random, record);
    await probe.untilEverythingWorks();
    weather.clears();
    record.note(EVERYBODY, 'everything works again');
    await administering;
  }
  await acting.stop();
  await uses.allRefused();
  for (const person of people) await person.finish();
  return record;
}

interface Acting {
  readonly actor: { move(): Promise<void> };
  /** Between two moves, at most. */
  readonly pauseMs: number;
  /** As what its moves count. */
  readonly what: string;
}

/** Each does one thing after the other, all at the same time. */
function startActing(record: HistoryRecord, random: Random, actors: readonly Acting[]): { stop(): Promise<void> } {
  let isStopped = false;
  const act = async ({ actor, pauseMs, what }: Acting, own: Random) => {
    while (!isStopped) {
      await actor.move();
      record.count(what);
      await pause(own.below(pauseMs));
    }
  };
  const all = Promise.all(actors.map((acting) => act(acting, random.fork())));
  all.catch(() => {});
  return {
    async stop() {
      isStopped = true;
      await all;
    },
  };
}

async function movesPass(record: HistoryRecord, more: number): Promise<void> {
  const before = record.countOf('moves');
  await until(() => record.countOf('moves') >= before + more, { timeoutMs: 120_000 });
}
