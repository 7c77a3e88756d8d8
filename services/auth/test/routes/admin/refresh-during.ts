import { until } from '@countersign/testing';
import { and, eq } from 'drizzle-orm';
import type { LightMyRequestResponse } from 'fastify';
import { sessions } from '../../../src/stores/schema.ts';
import type { AdministeredAuth, SignedIn } from './administered-auth.ts';

/**
 * The answer to a refresh of a new user that waits for the second of a change of roles, while something else happens in that
 * second. On a busy machine that may take longer, and then another try.
 */
export function refreshDuring(
  { signUp, call, refresh, database: { db } }: AdministeredAuth,
  { from, to }: { readonly from: string; readonly to: string },
  meanwhile: (user: SignedIn) => Promise<unknown>,
): Promise<{ readonly user: SignedIn; readonly answer: LightMyRequestResponse }> {
  return until(async () => {
    const user = await signUp(from);
    const isRotated = async () => (await db.$count(sessions, and(eq(sessions.id, user.sessionId), eq(sessions.generation, 1)))) === 1;
    await until(() => Date.now() % 1000 < 100);
    const second = Math.floor(Date.now() / 1000);
    await call('PATCH', `/admin/users/${user.id}`, { roles: [to] });
    const refreshing = refresh(user.refreshToken);
    await until(isRotated);
    await meanwhile(user);
    const isInTime = Math.floor(Date.now() / 1000) === second;
    const answer = await refreshing;
    return isInTime ? { user, answer } : null;
  });
}
