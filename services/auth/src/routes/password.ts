import type { Server } from '@countersign/service';
import { requireFresh } from '@countersign/verifier';
import { Type } from 'typebox';
import { type ChangePasswordPorts, changePassword } from '../domain/change-password.ts';
import { callerOf } from './caller.ts';
import { getPerson } from './person.ts';

const Body = Type.Object(
  { current_password: Type.String({ maxLength: 1024 }), new_password: Type.String() },
  { additionalProperties: false },
);

/** `POST /password`: another password; all other sessions end. */
export async function passwordRoute(server: Server, { ports }: { readonly ports: ChangePasswordPorts }): Promise<void> {
  const schema = { body: Body, response: { 204: Type.Null() } };
  server.post('/password', { onRequest: requireFresh(), schema }, async (request, reply) => {
    const { current_password: currentPassword, new_password: newPassword } = request.body;
    await changePassword(ports, getPerson(request), { currentPassword, newPassword }, callerOf(request));
    return reply.code(204).send(null);
  });
}
