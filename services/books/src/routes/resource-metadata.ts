import type { Server } from '@countersign/service';
import { Type } from 'typebox';

const PATH = '/.well-known/oauth-protected-resource/books';

const SCOPES = ['books:read', 'books:write', 'books:delete'];

/** Where clients find this service's metadata: the `resource_metadata` of a challenge (RFC 9728, section 5.1). */
export function resourceMetadataUrl(issuer: string): string {
  return `${issuer}${PATH}`;
}

export async function resourceMetadataRoute(server: Server, { issuer }: { readonly issuer: string }): Promise<void> {
  const schema = {
    summary: 'Metadata of this resource',
    description: 'Which server issues tokens for it, and for which scopes (RFC 9728).',
    response: { 200: answerOf(issuer) },
  };
  server.get(PATH, { schema }, async (_request, reply) => {
    reply.header('cache-control', 'public, max-age=3600');
    return {
      resource: `${issuer}/books`,
      authorization_servers: [issuer],
      scopes_supported: SCOPES,
      bearer_methods_supported: ['header'],
    };
  });
}

function answerOf(issuer: string) {
  return Type.Object({
    resource: Type.String({ description: 'This service, as `resource` at the token endpoint names it.', examples: [`${issuer}/books`] }),
    authorization_servers: Type.Array(Type.String({ examples: [issuer] }), { description: 'The issuers whose tokens it accepts.' }),
    scopes_supported: Type.Array(Type.String(), { description: 'The scopes that a token for it may have.', examples: [SCOPES] }),
    bearer_methods_supported: Type.Array(Type.String({ examples: ['header'] }), {
      description: 'Where a token is sent: in the `Authorization` header.',
    }),
  });
}
