import type { Server } from '@countersign/service';
import { Type } from 'typebox';
import { authorizationServerMetadata } from '../../domain/oauth/metadata.ts';

const Strings = Type.Array(Type.String());

const Answer = Type.Object({
  issuer: Type.String(),
  token_endpoint: Type.String(),
  revocation_endpoint: Type.String(),
  jwks_uri: Type.String(),
  scopes_supported: Strings,
  response_types_supported: Strings,
  grant_types_supported: Strings,
  token_endpoint_auth_methods_supported: Strings,
  token_endpoint_auth_signing_alg_values_supported: Strings,
  revocation_endpoint_auth_methods_supported: Strings,
  revocation_endpoint_auth_signing_alg_values_supported: Strings,
});

export async function metadataRoute(server: Server, { issuer }: { readonly issuer: string }): Promise<void> {
  const metadata = authorizationServerMetadata({ issuer });
  const schema = {
    summary: 'Metadata of the authorization server',
    description: 'Where its endpoints are and what they take (RFC 8414).',
    response: { 200: { ...Answer, examples: [authorizationServerMetadata({ issuer: 'https://auth.example' })] } },
  };
  server.get('/.well-known/oauth-authorization-server', { schema }, async (_request, reply) =>
    reply.header('cache-control', 'public, max-age=300').send(metadata),
  );
}
