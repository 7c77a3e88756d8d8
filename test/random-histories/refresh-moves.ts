import type { Random } from '@countersign/testing';
import type { History } from './history.ts';
import type { Server } from './history-stack.ts';
import { newestOf, refresh, type Session } from './refresh-sessions.ts';

/** So late at most, which is before some calls have arrived and after some are answered. */
const HANG_UP_MS = 25;

export async function refreshOnce(history: History, random: Random, session: Session): Promise<void> {
  const { status } = await refresh(history, session, newestOf(session), random.pick(history.stack.auth));
  if (status === 200) history.record.count('refresh');
}

/** The answer doesn't reach its page, so the same token comes again at the other instance. */
export async function loseAnAnswer(history: History, random: Random, session: Session): Promise<void> {
  const generation = newestOf(session);
  const [first, second] = bothAuth(history, random);
  const lost = await refresh(history, session, generation, first);
  const again = await refresh(history, session, generation, second);
  if (lost.status === 200 && again.status === 200) history.record.count('refresh again at the other instance');
}

/**
 * Nobody knows whether the call arrived, so the same token comes again: first at the same instance, whose answer shows that the call isn't
 * still on its way. One that came after two other refreshes would be theft.
 */
export async function hangUpAndRepeat(history: History, random: Random, session: Session): Promise<void> {
  const generation = newestOf(session);
  const [first, second] = bothAuth(history, random);
  const given = await refresh(history, session, generation, first, random.below(HANG_UP_MS));
  const again = await refresh(history, session, generation, first);
  const elsewhere = await refresh(history, session, generation, second);
  if (given.status === 0 && again.status === 200 && elsewhere.status === 200) history.record.count('refresh after hanging up');
}

export async function refreshInTwoTabs(history: History, random: Random, session: Session): Promise<void> {
  const generation = newestOf(session);
  const { auth } = history.stack;
  const tabs = await Promise.all([random.pick(auth), random.pick(auth)].map((server) => refresh(history, session, generation, server)));
  if (tabs.every(({ status }) => status === 200)) history.record.count('refresh in two tabs');
}

export async function presentPredecessor(history: History, random: Random, session: Session): Promise<void> {
  const { status } = await refresh(history, session, newestOf(session) - 1, random.pick(history.stack.auth));
  if (status === 200) history.record.count('refresh by the predecessor');
}

function bothAuth({ stack }: History, random: Random): [first: Server, second: Server] {
  return random.shuffle(stack.auth) as [Server, Server];
}
