import type { Caller } from '../caller.ts';
import { type EndSessionPorts, eachByItsUser, endRecordAndFlush } from './end-session.ts';

/** Ends a session that was begun by a call which then failed, so that nobody has a token of it. */
export async function endUnansweredSession(ports: EndSessionPorts, id: string, caller: Caller): Promise<void> {
  await endRecordAndFlush(ports, { id }, 'unanswered', eachByItsUser({ event: 'session_ended' }, caller));
}
