import type { Server } from '@countersign/service';
import { Type } from 'typebox';
import { type RevokeForClientPorts, revokeForClient } from '../../domain/oauth/revoke-for-client.ts';
import type { RefreshTokenSecrets } from '../../domain/sessions/refresh-token.ts';
import { callerOf } from '../caller.ts';
import { type ClientAuthentication, getSendingClientId } from './client.ts';
import { clientParameters, oauthEndpoint, oauthErrors, othersPassedOver } from './oauth.schema.ts';

export interface RevokeRouteOptions extends ClientAuthentication {
  readonly ports: RevokeForClientPorts & ClientAuthentication['ports'];
  readonly rules: ClientAuthentication['rules'] & { readonly secrets: RefreshTokenSecrets };
}

const Form = Type.Object(
  {
    token: Type.String({
      description: 'A refresh token, whose session ends with it, or an access token.',
      examples: ['cs_rt_2bJd7MhQ9xLf…'],
    }),
    token_type_hint: Type.Optional(Type.String({ description: 'Ignored: the form of a token shows its kind.' })),
    ...clientParameters,
  },
  othersPassedOver,
);

export async function revokeRoute(server: Server, options: RevokeRouteOptions): Promise<void> {
  const schema = {
    summary: 'Revoke a token',
    description:
      'Revokes an access or refresh token (RFC 7009). The answer is 200 for an unknown token too, and 400 `invalid_grant` for another client’s.',
    ...oauthEndpoint,
    body: Form,
    response: { 200: Type.Unsafe<undefined | null>(Type.Null()), ...oauthErrors },
  };
  server.post('/oauth/revoke', { schema }, async (request, reply) => {
    const clientId = await getSendingClientId(options, request);
    const { token } = request.body;
    await revokeForClient(options.ports, options.rules.secrets, { clientId, token }, callerOf(request));
    return reply.header('cache-control', 'no-store').send(undefined);
  });
}
