import { Problem } from '@countersign/problems';

/**
 * The id in a path. Each book has one URL: `007`, `+7`, `7.0` and numbers beyond the range of ids belong to no book.
 *
 * @throws Problem `not_found`
 */
export function parseBookId(text: string): number {
  const id = /^[1-9]\d{0,15}$/.test(text) ? Number(text) : Number.NaN;
  if (!Number.isSafeInteger(id)) throw new Problem('not_found');
  return id;
}
