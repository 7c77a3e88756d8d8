import { randomBytes } from 'node:crypto';
import type { Owner } from '@countersign/testing';
import { eq, sql } from 'drizzle-orm';
import type { LightMyRequestResponse } from 'fastify';
import { createId } from '../../../src/domain/identifiers.ts';
import { audit, sessions, userRoles } from '../../../src/stores/schema.ts';
import { claimsOf } from '../../claims-of.ts';
import { type TestAuth, testAuth } from '../../test-auth.ts';

export interface SignedIn {
  readonly id: string;
  readonly username: string;
  readonly password: string;
  readonly accessToken: string;
  readonly refreshToken: string;
  readonly sessionId: string;
}

type Method = 'GET' | 'HEAD' | 'POST' | 'PATCH' | 'PUT' | 'DELETE';

export interface AdministeredAuth extends TestAuth {
  /** An administrator whose proof of the password is fresh. */
  readonly admin: SignedIn;
  /** A new user with these roles, signed in. */
  signUp(...roles: string[]): Promise<SignedIn>;
  signIn(credentials: { username: string; password: string }, login?: object): Promise<LightMyRequestResponse>;
  refresh(refreshToken: string): Promise<LightMyRequestResponse>;
  /** As the administrator, where no token is given. */
  call(method: Method, url: string, payload?: object | string, token?: string): Promise<LightMyRequestResponse>;
  statusOfMe(token: string): Promise<number>;
  /** A token of the session that was signed now, while the password was proved six minutes ago. */
  stale(session: SignedIn): Promise<string>;
  events(subject: string | null): Promise<(typeof audit.$inferSelect)[]>;
}

/** The whole auth service with an administrator who is signed in. */
export async function administeredAuth(owner: Owner, env: Record<string, string> = {}): Promise<AdministeredAuth> {
  const auth = await testAuth(owner, env);
  const { app } = auth;
  const { db } = auth.database;

  const call = (method: Method, url: string, payload?: object | string, token?: string) =>
    app.inject({
      method,
      url,
      headers: { authorization: `Bearer ${token ?? admin.accessToken}` },
      ...(payload !== undefined && { payload }),
    });
  const signIn = (credentials: { username: string; password: string }, login: object = {}) =>
    app.inject({ method: 'POST', url: '/login', payload: { username: credentials.username, password: credentials.password, ...login } });

  async function signUp(...roles: string[]): Promise<SignedIn> {
    const credentials = { username: `user-${createId()}`, password: randomBytes(12).toString('hex') };
    const { id } = (await app.inject({ method: 'POST', url: '/register', payload: credentials })).json<{ id: string }>();
    await db.delete(userRoles).where(eq(userRoles.userId, id));
    if (roles.length > 0) await db.insert(userRoles).values(roles.map((role) => ({ userId: id, role })));
    const tokens = (await signIn(credentials)).json<{ access_token: string; refresh_token: string }>();
    const claims = claimsOf(tokens.access_token);
    return { id, ...credentials, accessToken: tokens.access_token, refreshToken: tokens.refresh_token, sessionId: String(claims.sid) };
  }

  const admin = await signUp('admin');
  return {
    ...auth,
    admin,
    signUp,
    signIn,
    call,
    refresh: (refreshToken) => app.inject({ method: 'POST', url: '/refresh', payload: { refresh_token: refreshToken } }),
    statusOfMe: async (token) => (await call('GET', '/me', undefined, token)).statusCode,
    async stale({ sessionId, refreshToken }) {
      await db.update(sessions).set({ authTime: sql`now() - interval '6 minutes'` }).where(eq(sessions.id, sessionId));
      const answer = await app.inject({ method: 'POST', url: '/refresh', payload: { refresh_token: refreshToken } });
      return answer.json<{ access_token: string }>().access_token;
    },
    events: (subject) =>
      db
        .select()
        .from(audit)
        .where(subject === null ? sql`${audit.subject} is null` : eq(audit.subject, subject))
        .orderBy(audit.id),
  };
}
