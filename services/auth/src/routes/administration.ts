import type { Server } from '@countersign/service';
import { requireFresh, requireRole, requireScope } from '@countersign/verifier';
import type { FastifyRequest, onRequestHookHandler } from 'fastify';
import type { Administrator } from '../domain/administrator.ts';
import { ADMIN_ROLE } from '../domain/user.ts';
import { getPerson } from './person.ts';

const ADMIN_SCOPE = 'admin';
const CHANGES_NOTHING = ['GET', 'HEAD'];

/**
 * Makes every route of this scope one for administrators: role and scope, in a session of their own, and for changes a
 * fresh proof of the password.
 */
export function requireAdministrator(server: Server): void {
  const fresh = requireFresh();
  server.addHook('onRequest', requireRole(ADMIN_ROLE));
  server.addHook('onRequest', requireScope(ADMIN_SCOPE));
  server.addHook('onRequest', requireOwnSession);
  server.addHook('onRequest', function (request, reply, done) {
    if (CHANGES_NOTHING.includes(request.method)) done();
    else fresh.call(this, request, reply, done);
  });
  server.addHook('onSend', async (_request, reply) => {
    if (!reply.hasHeader('cache-control')) reply.header('cache-control', 'no-store');
  });
}

export function administratorOf({ user, ip, id }: FastifyRequest): Administrator {
  return { actor: user.sub, ip, requestId: id };
}

/** A service that acts for an administrator is none; nor is a client, whose tokens have no session. */
const requireOwnSession: onRequestHookHandler = (request, _reply, done) => {
  getPerson(request);
  done();
};
