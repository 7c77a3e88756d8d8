import type { Server } from '@countersign/service';
import { Type } from 'typebox';
import { type IntrospectPorts, introspectToken } from '../../domain/oauth/introspect-token.ts';
import { type ClientAuthentication, getClient } from './client.ts';
import { clientParameters, oauthErrors, othersPassedOver } from './oauth.schema.ts';

export interface IntrospectRouteOptions extends ClientAuthentication {
  readonly ports: IntrospectPorts & ClientAuthentication['ports'];
}

const Form = Type.Object({ token: Type.String(), token_type_hint: Type.Optional(Type.String()), ...clientParameters }, othersPassedOver);

const Answer = Type.Object(
  { active: Type.Boolean({ description: 'Whether the token is valid. If so, the answer also has its claims.' }) },
  { additionalProperties: true },
);

/** `POST /oauth/introspect` (RFC 7662): for services that can't verify a token themselves. Internal: the gateway doesn't expose it. */
export async function introspectRoute(server: Server, options: IntrospectRouteOptions): Promise<void> {
  const schema = { hide: true, body: Form, response: { 200: Answer, ...oauthErrors } };
  server.post('/oauth/introspect', { schema }, async (request, reply) => {
    const client = await getClient(options, request);
    const answer = await introspectToken(options.ports, client, request.body.token);
    return reply.header('cache-control', 'no-store').send(answer);
  });
}
