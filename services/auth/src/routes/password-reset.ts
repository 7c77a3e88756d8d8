import type { Server } from '@countersign/service';
import { Type } from 'typebox';
import { type ResetPasswordPorts, resetPassword } from '../domain/password-reset.ts';
import type { AddressLimit } from './address-limit.ts';
import { callerOf } from './caller.ts';

export interface PasswordResetRouteOptions {
  readonly ports: ResetPasswordPorts;
  readonly limit: AddressLimit;
}

const Body = Type.Object({ reset_token: Type.String({ maxLength: 256 }), new_password: Type.String() }, { additionalProperties: false });

/** `POST /password/reset`: a new password by a token that an administrator made. */
export async function passwordResetRoute(server: Server, { ports, limit }: PasswordResetRouteOptions): Promise<void> {
  const schema = { body: Body, response: { 204: Type.Null() } };
  server.post('/password/reset', { config: { public: true, rateLimit: limit }, schema }, async (request, reply) => {
    await resetPassword(ports, request.body.reset_token, request.body.new_password, callerOf(request));
    return reply.code(204).send(null);
  });
}
