import { VISIBLE_TEXT, VISIBLE_TEXT_DESCRIPTION } from '@countersign/service';
import { type Static, Type } from 'typebox';
import type { Book } from '../domain/book.ts';

export const MAX_TITLE_CHARACTERS = 100;
export const MAX_AUTHOR_CHARACTERS = 50;

const TITLE_EXAMPLES = ['The Left Hand of Darkness'];
const AUTHOR_EXAMPLES = ['Ursula K. Le Guin'];

const Title = Type.String({
  minLength: 1,
  maxLength: MAX_TITLE_CHARACTERS,
  pattern: VISIBLE_TEXT,
  description: VISIBLE_TEXT_DESCRIPTION,
  examples: TITLE_EXAMPLES,
});
const Author = Type.String({
  minLength: 1,
  maxLength: MAX_AUTHOR_CHARACTERS,
  pattern: VISIBLE_TEXT,
  description: VISIBLE_TEXT_DESCRIPTION,
  examples: AUTHOR_EXAMPLES,
});

export const BookBody = Type.Object({ title: Title, author: Author }, { title: 'BookContent', additionalProperties: false });

/** A JSON merge patch (RFC 7396). `null` would remove a member, and a book needs them all, so it is refused. */
export const BookPatchBody = Type.Partial(BookBody, { title: 'BookPatch', additionalProperties: false });

export const BookAnswer = Type.Object(
  {
    id: Type.Integer({ examples: [42] }),
    title: Type.String({ examples: TITLE_EXAMPLES }),
    author: Type.String({ examples: AUTHOR_EXAMPLES }),
    created_at: Type.String({ format: 'date-time' }),
    updated_at: Type.String({ format: 'date-time' }),
  },
  { title: 'Book' },
);

const ETag = { type: 'string', description: 'The version of the book, for `If-Match` and `If-None-Match`.' };

const ContentLocation = { type: 'string', description: 'The path of the book; the body is its current state.' };

export const OneBookAnswer = { ...BookAnswer, headers: { ETag } };
export const ChangedBookAnswer = { ...BookAnswer, headers: { ETag, 'Content-Location': ContentLocation } };
export const NewBookAnswer = {
  ...BookAnswer,
  headers: { ...ChangedBookAnswer.headers, Location: { type: 'string', description: 'The path of the new book.' } },
};

/** The `{id}` of a path is text here, so that an impossible one is 404 and not a validation error. */
export const BookParams = Type.Object({ id: Type.String({ examples: ['42'] }) });

export const IfMatchHeaders = Type.Object({
  'if-match': Type.Optional(
    Type.String({ description: 'The book must have one of these ETags; otherwise the answer is 412, and nothing is changed.' }),
  ),
});

export const PreconditionHeaders = Type.Object({
  ...IfMatchHeaders.properties,
  'if-none-match': Type.Optional(
    Type.String({
      description: 'The book must have none of these ETags (`*`: none at all); otherwise the answer is 412, and nothing is changed.',
    }),
  ),
});

export function formatBook({ id, title, author, createdAt, updatedAt }: Book): Static<typeof BookAnswer> {
  return { id, title, author, created_at: createdAt.toISOString(), updated_at: updatedAt.toISOString() };
}
