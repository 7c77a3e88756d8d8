import { createHash } from 'node:crypto';
import type { Server } from '@countersign/service';
import type { Jwks } from '@countersign/tokens';
import { Type } from 'typebox';

export interface JwksRouteOptions {
  readonly keys: { jwks(): Jwks };
  readonly maxAgeSeconds: number;
}

const JwksBody = Type.Object({ keys: Type.Array(Type.Object({ kty: Type.String(), kid: Type.String() }, { additionalProperties: true })) });

/** `GET /.well-known/jwks.json`: the public keys (RFC 7517). From memory; `max-age` is shorter than a key is published before it signs. */
export async function jwksRoute(server: Server, { keys, maxAgeSeconds }: JwksRouteOptions): Promise<void> {
  let served: { jwks: Jwks; body: string; etag: string } | null = null;

  server.get('/.well-known/jwks.json', { config: { public: true }, schema: { response: { 200: JwksBody } } }, async (request, reply) => {
    const jwks = keys.jwks();
    if (served?.jwks !== jwks) {
      const body = JSON.stringify(jwks);
      served = { jwks, body, etag: `"${createHash('sha256').update(body).digest('base64url')}"` };
    }
    reply.headers({ etag: served.etag, 'cache-control': `public, max-age=${maxAgeSeconds}` });
    if (request.headers['if-none-match']?.includes(served.etag)) return reply.code(304).send();
    return reply
      .type('application/jwk-set+json')
      .serializer(String)
      .send(served.body as never);
  });
}
