import type { Server } from '@countersign/service';
import { requireFresh } from '@countersign/verifier';
import { Type } from 'typebox';
import { type ChangePasswordPorts, changePassword } from '../../domain/people/change-password.ts';
import type { AddressLimit } from '../address-limit.ts';
import { callerOf } from '../caller.ts';
import { NewPassword, Password } from '../fields.schema.ts';
import { NEEDS_FRESH } from '../needs-fresh.ts';
import { getPerson } from '../person.ts';

export interface PasswordRouteOptions {
  readonly ports: ChangePasswordPorts;
  readonly limit: AddressLimit;
}

const Body = Type.Object({ current_password: Password, new_password: NewPassword }, { additionalProperties: false });

export async function passwordRoute(server: Server, { ports, limit }: PasswordRouteOptions): Promise<void> {
  const config = { rateLimit: limit, problems: ['credentials_invalid'] as const };
  const schema = {
    summary: 'Change the password',
    description: `All other sessions end. ${NEEDS_FRESH}`,
    body: Body,
    response: { 204: Type.Null() },
  };
  server.post('/password', { config, onRequest: requireFresh(), schema }, async (request, reply) => {
    const { current_password: currentPassword, new_password: newPassword } = request.body;
    await changePassword(ports, getPerson(request), { currentPassword, newPassword }, callerOf(request));
    return reply.code(204).send(null);
  });
}
