import { isGivenUp } from '@countersign/service';
import type { FastifyRequest } from 'fastify';
import type { Caller } from '../domain/caller.ts';
import { canonicalAddress } from '../domain/network.ts';

/** Longer ones are cut: this is enough to recognise a browser in the list of sessions. */
const MAX_USER_AGENT = 256;

export function callerOf(request: FastifyRequest): Caller {
  const userAgent = request.headers['user-agent']?.slice(0, MAX_USER_AGENT) ?? null;
  return { ip: canonicalAddress(request.ip), userAgent, requestId: request.id, isGivenUp: () => isGivenUp(request) };
}
