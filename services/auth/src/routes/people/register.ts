import { Problem } from '@countersign/problems';
import type { Server } from '@countersign/service';
import { Type } from 'typebox';
import { type RegisterPorts, registerUser } from '../../domain/people/register-user.ts';
import type { AddressLimit } from '../address-limit.ts';
import { callerOf } from '../caller.ts';
import { NewPassword, Roles, UserId, Username } from '../fields.schema.ts';

export interface RegisterRouteOptions {
  readonly ports: RegisterPorts;
  readonly limit: AddressLimit;
  readonly registration: 'open' | 'closed';
}

const Body = Type.Object({ username: Username, password: NewPassword }, { additionalProperties: false });
const Answer = Type.Object({ id: UserId, username: Username, roles: Roles }, { additionalProperties: false });

export async function registerRoute(server: Server, { ports, limit, registration }: RegisterRouteOptions): Promise<void> {
  const config = { rateLimit: limit, problems: ['forbidden', 'conflict'] as const };
  const schema = {
    summary: 'Register',
    description: 'Creates a user, who is a `member`. Refused with `forbidden` when registration is closed.',
    body: Body,
    response: { 201: Answer },
  };
  const onRequest = async () => {
    if (registration === 'closed')
      throw new Problem('forbidden', { detail: 'Registration is closed. Ask an administrator for an account.' });
  };
  server.post('/register', { config, onRequest, schema }, async (request, reply) => {
    const user = await registerUser(ports, request.body, callerOf(request));
    return reply.code(201).send({ ...user, roles: [...user.roles] });
  });
}
