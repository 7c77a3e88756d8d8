import type { Caller } from '../caller.ts';
import { isId } from '../identifiers.ts';
import { type EndSessionPorts, eachByItsUser, endRecordAndFlush } from './end-session.ts';

/** @returns `false` when the user has no such session, or no longer has it */
export async function endOwnSession(ports: EndSessionPorts, userId: string, id: string, caller: Caller): Promise<boolean> {
  if (!isId(id)) return false;
  const which = { userId, id, inLife: true } as const;
  return (await endRecordAndFlush(ports, which, 'deleted', eachByItsUser({ event: 'session_ended' }, caller))) > 0;
}

export async function endOtherSessions(
  ports: EndSessionPorts,
  { userId, sessionId }: { readonly userId: string; readonly sessionId: string },
  caller: Caller,
): Promise<void> {
  const others = { userId, exceptId: sessionId };
  await endRecordAndFlush(ports, others, 'deleted', eachByItsUser({ event: 'session_ended' }, caller));
}
