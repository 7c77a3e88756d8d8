import type { Server } from '@countersign/service';
import { Type } from 'typebox';
import { type ImportUsersPorts, importUsers } from '../../domain/people/import-users.ts';
import { administratorOf } from './administration.ts';

/**
 * The body is held in memory: it must arrive within the server's `requestTimeout`, so it can't be read as slowly as the database writes.
 */
const BODY_LIMIT_BYTES = 8 * 1024 * 1024;
const TIMEOUT_MS = 2 * 60_000;
const JSON_LINES = /^(?:application\/(?:json|(?:x-)?(?:ndjson|jsonl|jsonlines|json-lines))|text\/plain)(?:;|$)/;

const Answer = Type.Object(
  {
    imported: Type.Integer({ description: 'How many users were added.', examples: [1] }),
    refused: Type.Array(
      Type.Object(
        {
          line: Type.Integer({ description: 'The number of the line, counted from 1.', examples: [2] }),
          reason: Type.String({ examples: ['the username is taken'] }),
        },
        { additionalProperties: false },
      ),
      { description: 'The lines that were refused, and why.' },
    ),
  },
  { title: 'ImportReport', additionalProperties: false },
);

const Body = Type.Unsafe<Buffer>({
  description: 'JSON Lines: one object with `username`, `password_hash` and optionally `roles` per line; at most 50,000 lines and 8 MiB.',
  examples: ['{"username":"ada.lovelace","password_hash":"scrypt:32768:8:1$…","roles":["member"]}'],
});

export async function adminImportRoute(server: Server, { ports }: { readonly ports: ImportUsersPorts }): Promise<void> {
  server.removeAllContentTypeParsers();
  server.addContentTypeParser(JSON_LINES, { parseAs: 'buffer' }, (_request, body, done) => done(null, body));

  const schema = {
    summary: 'Import users',
    description:
      'Adds users with their existing password hashes: Werkzeug’s pbkdf2 and scrypt, bcrypt or Argon2. Lines that are refused are reported; the others are imported.',
    consumes: ['application/x-ndjson'],
    body: Body,
    response: { 200: Answer },
  };
  server.post(
    '/admin/users/import',
    { config: { problems: ['payload_too_large'], answerWithinMs: TIMEOUT_MS }, schema, bodyLimit: BODY_LIMIT_BYTES },
    async (request) => {
      const { imported, refused } = await importUsers(ports, request.body ?? Buffer.alloc(0), administratorOf(request));
      return { imported, refused: [...refused] };
    },
  );
}
