import type { Caller } from '../caller.ts';
import { type EndSessionPorts, eachByItsUser, endRecordAndFlush } from './end-session.ts';

/** Ends a session begun by a call that then failed; nobody has its tokens. */
export async function endUnansweredSession(ports: EndSessionPorts, id: string, caller: Caller): Promise<void> {
  await endRecordAndFlush(ports, { id }, 'unanswered', eachByItsUser({ event: 'session_ended' }, caller));
}
