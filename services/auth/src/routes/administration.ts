import type { Server } from '@countersign/service';
import { type Guard, requireFresh, requireRole, requireScope } from '@countersign/verifier';
import type { FastifyRequest, onRequestHookHandler } from 'fastify';
import type { Administrator } from '../domain/administrator.ts';
import { ADMIN_ROLE } from '../domain/user.ts';
import { getPerson } from './person.ts';

const ADMIN_SCOPE = 'admin';
const CHANGES_NOTHING = ['GET', 'HEAD'];

/**
 * Makes every route of this scope one for administrators: role and scope, in a session of their own, and for changes a
 * fresh proof of the password. The guards are each route's own, so that its document names them.
 */
export function requireAdministrator(server: Server): void {
  const forAll = [requireRole(ADMIN_ROLE), requireScope(ADMIN_SCOPE), requireOwnSession];
  const forChanges = [...forAll, requireFresh()];
  server.addHook('onRoute', (route) => {
    const reads = [route.method].flat().every((method) => CHANGES_NOTHING.includes(method));
    route.onRequest = [...(reads ? forAll : forChanges), ...[route.onRequest ?? []].flat()];
  });
  server.addHook('onSend', async (_request, reply) => {
    if (!reply.hasHeader('cache-control')) reply.header('cache-control', 'no-store');
  });
}

export function administratorOf({ user, ip, id }: FastifyRequest): Administrator {
  return { actor: user.sub, ip, requestId: id };
}

/** A service that acts for an administrator isn't one; nor is a client, whose tokens have no session. */
const requireOwnSession: Guard = Object.assign(
  ((request, _reply, done) => {
    getPerson(request);
    done();
  }) satisfies onRequestHookHandler,
  { refusals: ['forbidden'] as const },
);
