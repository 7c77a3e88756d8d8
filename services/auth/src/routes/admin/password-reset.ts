import type { Server } from '@countersign/service';
import { Type } from 'typebox';
import { type IssuePasswordResetPorts, issuePasswordReset } from '../../domain/people/issue-password-reset.ts';
import { NoBody } from '../no-body.ts';
import { administratorOf } from './administration.ts';
import { noSuchUser, parseUserId, UserParams } from './user-id.ts';

const ResetAnswer = Type.Object(
  {
    reset_token: Type.String({ description: 'Works once; shown only this once.', examples: ['cs_pr_0a1B2c3D…'] }),
    expires_at: Type.String({ format: 'date-time' }),
  },
  { title: 'PasswordReset', additionalProperties: false },
);

export async function adminPasswordResetRoute(server: Server, { ports }: { readonly ports: IssuePasswordResetPorts }): Promise<void> {
  const schema = {
    summary: 'Create a password reset token',
    description: 'With it the user can set a new password at `POST /password/reset`, once and within an hour. It replaces any earlier one.',
    params: UserParams,
    body: NoBody,
    response: { 201: ResetAnswer },
  };
  server.post('/admin/users/:id/password-reset', { schema }, async (request, reply) => {
    const issued = await issuePasswordReset(ports, parseUserId(request.params.id), administratorOf(request));
    if (issued === null) throw noSuchUser();
    return reply.code(201).send({ reset_token: issued.resetToken, expires_at: issued.expiresAt.toISOString() });
  });
}
