import { type Static, Type } from 'typebox';
import type { Book } from '../domain/book.ts';

/** Postgres keeps neither U+0000 nor half a surrogate pair. */
export const STORABLE_TEXT = '^[^\\0\\p{Surrogate}]*$';
/** The same, and not blanks alone. */
const VISIBLE_TEXT = '^(?=[^]*\\S)[^\\0\\p{Surrogate}]*$';
const VISIBLE_TEXT_DESCRIPTION =
  'text with more than blanks in it, and without U+0000 and half surrogate pairs; kept exactly as it is sent';

export const MAX_TITLE_CHARACTERS = 100;
export const MAX_AUTHOR_CHARACTERS = 50;

const title = Type.String({
  minLength: 1,
  maxLength: MAX_TITLE_CHARACTERS,
  pattern: VISIBLE_TEXT,
  description: VISIBLE_TEXT_DESCRIPTION,
});
const author = Type.String({
  minLength: 1,
  maxLength: MAX_AUTHOR_CHARACTERS,
  pattern: VISIBLE_TEXT,
  description: VISIBLE_TEXT_DESCRIPTION,
});

/** What `POST` and `PUT` take: the whole of a book that is the client's to say. */
export const BookContentSchema = Type.Object({ title, author }, { additionalProperties: false });

/** What `PATCH` takes: a JSON merge patch (RFC 7396). `null` would remove a member, and a book lacks none, so it is refused. */
export const BookPatchSchema = Type.Partial(BookContentSchema, { additionalProperties: false });

export const BookSchema = Type.Object({
  id: Type.Integer(),
  title: Type.String(),
  author: Type.String(),
  created_at: Type.String({ format: 'date-time' }),
  updated_at: Type.String({ format: 'date-time' }),
});

/** The `{id}` of a path is text here, so that one which is no book's id is 404 and not a fault of form. */
export const BookParamsSchema = Type.Object({ id: Type.String() });

export function formatBook({ id, title, author, createdAt, updatedAt }: Book): Static<typeof BookSchema> {
  return { id, title, author, created_at: createdAt.toISOString(), updated_at: updatedAt.toISOString() };
}
