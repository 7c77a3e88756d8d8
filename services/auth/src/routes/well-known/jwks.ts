import { createHash } from 'node:crypto';
import { NotModified, namesEntityTag, type Server } from '@countersign/service';
import type { Jwks } from '@countersign/tokens';
import { Type } from 'typebox';

export interface JwksRouteOptions {
  readonly keys: { jwks(): Jwks; refresh(): Promise<void> };
  readonly maxAgeSeconds: number;
}

const Jwk = Type.Object({
  kty: Type.String({ description: '`OKP` for EdDSA, `EC` for ES256, `RSA` for RS256.', examples: ['OKP'] }),
  kid: Type.String({
    description: 'The id of the key, which is the `kid` in the header of each token that it signed.',
    examples: ['Xb3kQ9Lw'],
  }),
  alg: Type.String({ examples: ['EdDSA'] }),
  use: Type.Literal('sig'),
  crv: Type.Optional(Type.String({ examples: ['Ed25519'] })),
  x: Type.Optional(
    Type.String({
      description: 'With `crv`, and for P-256 also `y`: an elliptic curve key (RFC 8037, RFC 7518).',
      examples: ['11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo'],
    }),
  ),
  y: Type.Optional(Type.String()),
  n: Type.Optional(Type.String({ description: 'With `e`: an RSA key.' })),
  e: Type.Optional(Type.String()),
});
const RetiredKids = Type.Optional(
  Type.Array(Type.String(), {
    description:
      'The ids of keys that are no longer published. A token signed with one of them has expired or was revoked, so the client should refresh.',
    examples: [['Xb3kQ9Lw']],
  }),
);
const Answer = Type.Unsafe<Jwks>(
  Type.Object(
    { keys: Type.Array(Jwk), retired_kids: RetiredKids },
    { headers: { ETag: { type: 'string', description: 'For `If-None-Match`.' } } },
  ),
);

/**
 * `GET /.well-known/jwks.json`: the public keys (RFC 7517), from memory. `max-age` is shorter than the time for which a key is published
 * before it signs. A verifier that has heard of a kill asks past every cache, and this instance's memory is one.
 */
export async function jwksRoute(server: Server, { keys, maxAgeSeconds }: JwksRouteOptions): Promise<void> {
  let served = serve(keys.jwks());

  server.get(
    '/.well-known/jwks.json',
    {
      schema: {
        summary: 'The public keys',
        description: 'The keys that verifiers check signatures with (RFC 7517). They may be cached for as long as `Cache-Control` says.',
        produces: ['application/jwk-set+json'],
        response: { 200: Answer, 304: NotModified },
      },
    },
    async (request, reply) => {
      if (request.headers['cache-control']?.includes('no-cache')) await keys.refresh();
      const jwks = keys.jwks();
      if (served.jwks !== jwks) served = serve(jwks);
      reply.headers({ etag: `"${served.digest}"`, 'cache-control': `public, max-age=${maxAgeSeconds}` });
      if (namesEntityTag(request.headers['if-none-match'], served.digest)) return reply.code(304).send(undefined);
      const { body } = served;
      return reply
        .type('application/jwk-set+json')
        .serializer(() => body)
        .send(jwks);
    },
  );
}

function serve(jwks: Jwks): { jwks: Jwks; body: string; digest: string } {
  const body = JSON.stringify(jwks);
  return { jwks, body, digest: createHash('sha256').update(body).digest('base64url') };
}
