import type { Server } from '@countersign/service';
import { Type } from 'typebox';
import { type ResetPasswordPorts, resetPassword } from '../../domain/people/reset-password.ts';
import type { AddressLimit } from '../address-limit.ts';
import { callerOf } from '../caller.ts';
import { NewPassword } from '../fields.schema.ts';

export interface PasswordResetRouteOptions {
  readonly ports: ResetPasswordPorts;
  readonly limit: AddressLimit;
}

const ResetToken = Type.String({ maxLength: 256, description: 'Works once, within an hour.', examples: ['cs_pr_8hT3…'] });
const Body = Type.Object({ reset_token: ResetToken, new_password: NewPassword }, { additionalProperties: false });

export async function passwordResetRoute(server: Server, { ports, limit }: PasswordResetRouteOptions): Promise<void> {
  const config = { rateLimit: limit, problems: ['token_malformed', 'token_invalid'] as const };
  const schema = {
    summary: 'Set a new password with a reset token',
    description: 'An administrator creates the reset token. All sessions of the user end.',
    body: Body,
    response: { 204: Type.Null() },
  };
  server.post('/password/reset', { config, schema }, async (request, reply) => {
    await resetPassword(ports, request.body.reset_token, request.body.new_password, callerOf(request));
    return reply.code(204).send(null);
  });
}
