import type { FastifyReply } from 'fastify';
import type { Book } from '../domain/book.ts';
import { formatBook } from './book.schema.ts';
import { formatEntityTag } from './entity-tags.ts';

/**
 * Answers a change with the book as it is now. `Content-Location` says that the body is the book (RFC 9110, section 8.7), so that the ETag
 * refers to it. Otherwise the ETag of an answer to PUT would refer to what was sent (section 9.3.4), which is only part of the book.
 */
export function sendChangedBook(reply: FastifyReply, book: Book): FastifyReply {
  reply.headers({ etag: formatEntityTag(book.version), 'content-location': pathOf(book) });
  return reply.send(formatBook(book));
}

export function pathOf({ id }: Pick<Book, 'id'>): string {
  return `/books/${id}`;
}
