import { Problem } from '@countersign/problems';
import type { Server } from '@countersign/service';
import { Type } from 'typebox';
import { type RegisterPorts, registerUser } from '../domain/register.ts';
import { MEMBER_ROLE, USERNAME_PATTERN } from '../domain/user.ts';
import type { AddressLimit } from './address-limit.ts';
import { callerOf } from './caller.ts';

export interface RegisterRouteOptions {
  readonly ports: RegisterPorts;
  readonly limit: AddressLimit;
  readonly registration: 'open' | 'closed';
}

export const Username = Type.String({
  pattern: USERNAME_PATTERN,
  description: '3 to 64 of A-Z a-z 0-9 . _ @ -; unique without regard to case.',
});

const Body = Type.Object({ username: Username, password: Type.String() }, { additionalProperties: false });
const Answer = Type.Object(
  { id: Type.String(), username: Type.String(), roles: Type.Array(Type.String()) },
  { additionalProperties: false },
);

/** `POST /register`: a new user, who is a member. */
export async function registerRoute(server: Server, { ports, limit, registration }: RegisterRouteOptions): Promise<void> {
  const schema = { body: Body, response: { 201: Answer } };
  server.post('/register', { config: { public: true, rateLimit: limit }, schema }, async (request, reply) => {
    if (registration === 'closed') throw new Problem('forbidden', { detail: 'Registration is closed; administrators make users here.' });
    const user = await registerUser(ports, { ...request.body, roles: [MEMBER_ROLE] }, callerOf(request));
    if (user === null) throw new Problem('conflict', { detail: 'This username is taken.' });
    return reply.code(201).send({ ...user, roles: [...user.roles] });
  });
}
