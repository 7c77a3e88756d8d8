import { Problem } from '@countersign/problems';
import { NEXT_PAGE, pageQuery, type Server } from '@countersign/service';
import { SIGNING_ALGS } from '@countersign/tokens';
import { Type } from 'typebox';
import { type ChangeKeysPorts, killKeyByAdmin, rotateKeysByAdmin } from '../../domain/keys/change-keys-by-admin.ts';
import { SIGNING_KEY_STATES, type SigningKeyRecord } from '../../domain/keys/signing-key-store.ts';
import { NoBody } from '../no-body.ts';
import { administratorOf } from './administration.ts';
import { readPage } from './page.ts';

export interface AdminKeysOptions {
  readonly ports: ChangeKeysPorts & { readonly keys: { list(): Promise<SigningKeyRecord[]> } };
}

const Kid = Type.String({
  description: 'The id of the key, which is the `kid` in the header of each token that it signed.',
  examples: ['7fQ2mXc9'],
});
const timeOrNull = (description: string) => Type.Union([Type.String({ format: 'date-time' }), Type.Null()], { description });

const KeyAnswer = Type.Object(
  {
    kid: Kid,
    alg: Type.Enum([...SIGNING_ALGS]),
    state: Type.Enum([...SIGNING_KEY_STATES], {
      description: '`reserve`: published, signs next. `active`: signs. `retiring`: no longer signs. `killed`: its tokens are refused.',
    }),
    created_at: Type.String({ format: 'date-time' }),
    activates_at: timeOrNull('When the key began to sign, or when it will, after a requested rotation.'),
    retires_at: timeOrNull('Until when the key is published, so that its tokens are accepted; `null` while it is in use.'),
    killed_at: timeOrNull('When the key was killed; `null` if it was not.'),
  },
  { title: 'SigningKey', additionalProperties: false },
);

export async function adminKeyRoutes(server: Server, { ports }: AdminKeysOptions): Promise<void> {
  const list = {
    summary: 'List signing keys',
    querystring: Type.Object(pageQuery, { additionalProperties: false }),
    response: { 200: Type.Array(KeyAnswer, { headers: NEXT_PAGE }) },
  };
  server.get('/admin/keys', { schema: list }, async ({ query }, reply) => {
    const all = (await ports.keys.list()).map((key) => ({ key, place: placeOf(key) })).toSorted((a, b) => (a.place < b.place ? -1 : 1));
    const findPage = async (after: string | null, limit: number) =>
      all.filter(({ place }) => after === null || place > after).slice(0, limit);
    const page = await readPage(reply, query, findPage, { of: ({ place }) => place, form: /^[\w :.-]{1,40}$/ });
    return page.map(({ key }) => formatKey(key));
  });

  const rotate = {
    summary: 'Rotate the signing key',
    description: 'The returned key signs from now on, or from `activates_at`, when every verifier will have had time to fetch it.',
    body: NoBody,
    response: { 201: KeyAnswer },
  };
  server.post('/admin/keys/rotate', { schema: rotate }, async (request, reply) => {
    const key = await rotateKeysByAdmin(ports, administratorOf(request));
    return reply.code(201).send(formatKey(key));
  });

  const kill = {
    summary: 'Kill a signing key',
    description:
      'For a key that may have leaked: all its tokens are refused everywhere, permanently, and no instance signs with it any more.',
    params: Type.Object({ kid: Kid }),
    response: { 204: Type.Null() },
  };
  server.delete('/admin/keys/:kid', { schema: kill }, async (request, reply) => {
    if (!(await killKeyByAdmin(ports, request.params.kid, administratorOf(request))))
      throw new Problem('not_found', { detail: 'There is no such key.' });
    return reply.code(204).send(null);
  });
}

/** Keys are listed in the order in which they were made. */
function placeOf({ createdAt, kid }: SigningKeyRecord): string {
  return `${createdAt.toISOString()} ${kid}`;
}

function formatKey({ kid, alg, state, createdAt, activatedAt, rotateAt, retiresAt, killedAt }: SigningKeyRecord) {
  return {
    kid,
    alg,
    state,
    created_at: createdAt.toISOString(),
    activates_at: formatTime(activatedAt ?? rotateAt),
    retires_at: formatTime(retiresAt),
    killed_at: formatTime(killedAt),
  };
}

function formatTime(time: Date | null): string | null {
  return time === null ? null : time.toISOString();
}
