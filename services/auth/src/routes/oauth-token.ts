import type { Server } from '@countersign/service';
import { Type } from 'typebox';
import { authenticateClient, type ClientAuthentication } from '../domain/authenticate-client.ts';
import type { ClientReading } from '../domain/client.ts';
import { type ClientTokenIssuing, issueClientToken } from '../domain/issue-client-token.ts';
import { OAuthError } from '../domain/oauth-error.ts';
import { type CredentialParameters, readClientCredentials } from './oauth-credentials.ts';

export interface TokenRouteOptions extends ClientAuthentication, ClientTokenIssuing {}

const Texts = Type.Array(Type.String());

/** Parameters that are not known are passed over (RFC 6749, section 3.2). */
const TokenForm = Type.Object(
  {
    grant_type: Type.String(),
    scope: Type.Optional(Type.String()),
    resource: Type.Optional(Texts),
    client_id: Type.Optional(Type.String()),
    client_secret: Type.Optional(Type.String()),
    client_assertion: Type.Optional(Type.String()),
    client_assertion_type: Type.Optional(Type.String()),
  },
  { additionalProperties: true },
);

const TokenAnswer = Type.Object(
  {
    access_token: Type.String(),
    token_type: Type.Literal('Bearer'),
    expires_in: Type.Integer(),
    scope: Type.String(),
  },
  { additionalProperties: false },
);

/** `POST /oauth/token` (RFC 6749). There is no `password` grant: people sign in at `/login`. */
export async function tokenRoute(server: Server, options: TokenRouteOptions): Promise<void> {
  const schema = { body: TokenForm, response: { 200: TokenAnswer } };
  server.post('/oauth/token', { config: { public: true }, schema }, async (request, reply) => {
    const { body: form, headers } = request;
    reply.headers({ 'cache-control': 'no-store', pragma: 'no-cache' });
    switch (form.grant_type) {
      case 'client_credentials': {
        const reading = await confidentialClient(options, headers.authorization, form);
        return issueClientToken(options, reading, { scope: form.scope, resource: form.resource ?? [] });
      }
      default:
        throw new OAuthError('unsupported_grant_type', 'This grant type is not offered.');
    }
  });
}

async function confidentialClient(
  options: ClientAuthentication,
  authorization: string | undefined,
  form: CredentialParameters,
): Promise<ClientReading> {
  const credentials = readClientCredentials(authorization, form);
  if (credentials === null) throw new OAuthError('invalid_client', 'The client must authenticate.');
  return authenticateClient(options, credentials);
}
