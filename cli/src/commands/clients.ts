import { Type } from 'typebox';
import { Value } from 'typebox/value';
import { type Command, command } from '../command.ts';
import { Refusal, UsageError } from '../failures.ts';
import { LIMIT, parseLimit } from '../input/limit.ts';
import { splitNames } from '../input/names.ts';
import { readText } from '../input/read-text.ts';
import type { Io } from '../io.ts';
import { path } from '../path.ts';

const Client = Type.Object({ client_id: Type.String() });
const Secret = Type.Object({ client_secret: Type.String() });
const SHOWN_ONCE = 'The secret is shown only this once: save it now.';
const MAX_JWKS_BYTES = 64 * 1024;

const FIELDS = {
  scopes: { value: 'SCOPES', describe: 'The scopes that the client may request, separated by commas.' },
  audiences: { value: 'URIS', describe: 'The services that the client may call, separated by commas, e.g. urn:countersign:books.' },
  'auth-method': { value: 'METHOD', describe: 'How the client authenticates: client_secret or private_key_jwt.' },
  jwks: { value: 'FILE', describe: 'File with the client’s public keys (RFC 7517), for private_key_jwt; - for standard input.' },
} as const;

export const CLIENTS: readonly Command[] = [
  command({
    name: 'clients list',
    summary: 'All clients.',
    options: { limit: LIMIT },
    async run({ options }, { api, output }) {
      const columns = ['client_id', 'name', 'auth_method', 'scopes', 'audiences', 'created_at'];
      await output.rows(columns, api.list('/admin/clients', Client, parseLimit(options.limit)));
    },
  }),
  command({
    name: 'clients create',
    summary: 'Adds a client and shows its secret, only this once.',
    details: 'Without --audiences it may call every first-party service (urn:countersign:api).',
    arguments: [{ name: 'NAME' }],
    options: FIELDS,
    async run({ arguments: [name = ''], options }, { api, output, io }) {
      const fields = await readFields(io, options);
      const auth_method = fields.jwks === undefined ? 'client_secret' : 'private_key_jwt';
      const client = await api.change('POST', '/admin/clients', Client, { json: { name, auth_method, ...fields } });
      await output.item(client);
      if (Value.Check(Secret, client)) output.note(SHOWN_ONCE);
    },
  }),
  command({
    name: 'clients update',
    summary: 'Changes a client. If it may do less than before, its tokens are revoked.',
    arguments: [{ name: 'CLIENT_ID' }],
    options: { name: { value: 'NAME', describe: 'The new name of the client.' }, ...FIELDS },
    async run({ arguments: [id = ''], options: { name, ...options } }, { api, output, io }) {
      const json = { ...(name === undefined ? {} : { name }), ...(await readFields(io, options)) };
      if (Object.keys(json).length === 0) throw new UsageError('clients update: give at least one change, such as --name.');
      await output.item(await api.change('PATCH', path`/admin/clients/${id}`, Client, { json }));
      if (json.auth_method === 'client_secret')
        output.note(`It may have no secret yet: countersign clients rotate-secret ${id} makes one.`);
    },
  }),
  command({
    name: 'clients delete',
    summary: 'Deletes a client and revokes its tokens. Asks first.',
    arguments: [{ name: 'CLIENT_ID' }],
    asks: true,
    async run({ arguments: [id = ''] }, { api, output, confirm }) {
      const url = path`/admin/clients/${id}`;
      await confirm(`Client ${id} will be deleted, and its tokens revoked.`);
      await api.delete(url);
      await output.done(`Client ${id} is deleted.`, { client_id: id, deleted: true });
    },
  }),
  command({
    name: 'clients rotate-secret',
    summary: 'Creates a new secret for a client and shows it, only this once.',
    details: 'The old one stays valid for another 24 hours, so that there is time to deploy the new one.',
    arguments: [{ name: 'CLIENT_ID' }],
    options: { 'revoke-old': { describe: 'The old secret ends at once. Asks first.' } },
    asks: true,
    async run({ arguments: [id = ''], options }, { api, output, confirm }) {
      const url = path`/admin/clients/${id}/secret`;
      const revokeOld = options['revoke-old'] === true;
      if (revokeOld) await confirm(`The current secret of client ${id} will end at once.`);
      const { client_secret } = await api.change('POST', url, Secret, { json: { revoke_old: revokeOld } });
      await output.item({ client_id: id, client_secret });
      output.note(SHOWN_ONCE);
    },
  }),
  command({
    name: 'clients revoke-tokens',
    summary: 'Revokes all tokens of a client, which stays and can get new ones. Asks first.',
    arguments: [{ name: 'CLIENT_ID' }],
    asks: true,
    async run({ arguments: [id = ''] }, { api, output, confirm }) {
      const url = path`/admin/clients/${id}/tokens`;
      await confirm(`All tokens of client ${id} will be revoked.`);
      await api.delete(url);
      await output.done(`All tokens of client ${id} have been revoked.`, { client_id: id, tokens_revoked: true });
    },
  }),
];

interface Fields {
  scopes?: string[];
  audiences?: string[];
  auth_method?: string;
  jwks?: unknown;
}

async function readFields(io: Io, options: { readonly [Name in keyof typeof FIELDS]?: string | undefined }): Promise<Fields> {
  const { scopes, audiences, 'auth-method': method, jwks } = options;
  return {
    ...(scopes === undefined ? {} : { scopes: splitNames(scopes) }),
    ...(audiences === undefined ? {} : { audiences: splitNames(audiences) }),
    ...(method === undefined ? {} : { auth_method: method }),
    ...(jwks === undefined ? {} : { jwks: parseJson(jwks, await readText(io, jwks, MAX_JWKS_BYTES)) }),
  };
}

function parseJson(file: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new Refusal(`${file} is not JSON.`, { cause });
  }
}
