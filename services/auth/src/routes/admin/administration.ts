import type { Server } from '@countersign/service';
import { SAFE_METHODS } from '@countersign/tokens';
import { requireFresh, requireRole, requireScope } from '@countersign/verifier';
import type { FastifyRequest } from 'fastify';
import type { Administrator } from '../../domain/administrator.ts';
import { actedBy } from '../../domain/caller.ts';
import { ADMIN_ROLE, ADMIN_SCOPE } from '../../domain/people/user.ts';
import { callerOf } from '../caller.ts';
import { guardRoutes } from '../guard-routes.ts';
import { requireOwnSession } from '../person.ts';

/** Restricts every route of this scope to administrators in a session of their own; changes also need a fresh proof of the password. */
export function requireAdministrator(server: Server): void {
  const forAll = [requireRole(ADMIN_ROLE), requireScope(ADMIN_SCOPE), requireOwnSession];
  const forChanges = [...forAll, requireFresh()];
  guardRoutes(server, ({ method }) => {
    const reads = [method].flat().every((name) => SAFE_METHODS.includes(name));
    return reads ? forAll : forChanges;
  });
}

export function administratorOf(request: FastifyRequest): Administrator {
  return actedBy(request.user.sub, callerOf(request));
}
