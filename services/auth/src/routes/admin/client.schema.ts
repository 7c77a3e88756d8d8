import { VISIBLE_TEXT, VISIBLE_TEXT_DESCRIPTION } from '@countersign/service';
import { DEFAULT_AUDIENCE } from '@countersign/tokens';
import { type Static, Type } from 'typebox';
import { CLIENT_AUTH_METHODS } from '../../domain/clients/client.ts';
import type { DirectoryClient } from '../../domain/clients/client-directory.ts';
import { ClientId, ScopeName } from '../fields.schema.ts';

const Name = Type.String({
  minLength: 1,
  maxLength: 100,
  pattern: VISIBLE_TEXT,
  description: VISIBLE_TEXT_DESCRIPTION,
  examples: ['reports'],
});
const Scopes = Type.Array(ScopeName, {
  maxItems: 50,
  uniqueItems: true,
  description: 'The scopes that the client may request. A new client has none when this is left out.',
  examples: [['books:read']],
});
const Audiences = Type.Array(Type.String({ maxLength: 200 }), {
  maxItems: 20,
  uniqueItems: true,
  description: `The audiences that its tokens may have: URIs. A new client has \`${DEFAULT_AUDIENCE}\` when this is left out.`,
  examples: [['urn:countersign:books']],
});
const AuthMethod = Type.Enum([...CLIENT_AUTH_METHODS], {
  description: 'How the client authenticates: with a secret that auth creates (the default), or with a key of its own (RFC 7523).',
});
const ClientJwks = Type.Object(
  { keys: Type.Array(Type.Object({}, { additionalProperties: true, maxProperties: 30 }), { minItems: 1, maxItems: 10 }) },
  { additionalProperties: false },
);
const JwksOrNull = Type.Union([ClientJwks, Type.Null()], { description: 'The public keys of a `private_key_jwt` client (RFC 7517).' });

export const NewClientBody = Type.Object(
  {
    name: Name,
    scopes: Type.Optional(Scopes),
    audiences: Type.Optional(Audiences),
    auth_method: Type.Optional(AuthMethod),
    jwks: Type.Optional(JwksOrNull),
  },
  { additionalProperties: false },
);
export const ClientChangeBody = Type.Partial(NewClientBody, { additionalProperties: false, minProperties: 1 });

/** The body of `POST …/secret`, which may be absent. */
export const SecretBody = Type.Unsafe<{ revoke_old?: boolean } | null>({
  type: ['object', 'null'],
  properties: { revoke_old: Type.Boolean({ description: '`true`: the old secret ends at once. Otherwise it works for another 24 h.' }) },
  additionalProperties: false,
});

const clientFields = {
  client_id: ClientId,
  name: Type.String({ examples: ['reports'] }),
  scopes: Type.Array(Type.String(), { description: 'The scopes that the client may request.', examples: [['books:read']] }),
  audiences: Type.Array(Type.String(), { description: 'The audiences that its tokens may have.', examples: [['urn:countersign:books']] }),
  auth_method: AuthMethod,
  jwks: Type.Union([Type.Object({ keys: Type.Array(Type.Object({}, { additionalProperties: true })) }), Type.Null()], {
    description: 'The public keys of the client; `null` for one that has a secret.',
    examples: [null],
  }),
  created_at: Type.String({ format: 'date-time' }),
};

const ClientSecret = Type.String({ description: 'Shown only this once.', examples: ['cs_cs_7Hq2…'] });

export const ClientAnswer = Type.Object(clientFields, { title: 'Client', additionalProperties: false });
export const NewClientAnswer = Type.Object(
  { ...clientFields, client_secret: Type.Optional(ClientSecret) },
  { title: 'NewClient', additionalProperties: false },
);
export const SecretAnswer = Type.Object({ client_secret: ClientSecret }, { additionalProperties: false });

export function formatClient({ id, name, scopes, audiences, authMethod, jwks, createdAt }: DirectoryClient): Static<typeof ClientAnswer> {
  return {
    client_id: id,
    name,
    scopes: [...scopes],
    audiences: [...audiences],
    auth_method: authMethod,
    jwks: jwks && { keys: jwks.keys.map((key) => ({ ...(key as object) })) },
    created_at: createdAt.toISOString(),
  };
}
