import { Problem } from '@countersign/problems';

/**
 * The id in a path. Each book has one URL: `007`, `+7` and `7.0` belong to no book, and neither does anything beyond the
 * range of ids.
 *
 * @throws Problem `not_found`
 */
export function parseBookId(text: string): number {
  const id = /^[1-9]\d{0,15}$/.test(text) ? Number(text) : Number.NaN;
  if (!Number.isSafeInteger(id)) throw new Problem('not_found');
  return id;
}
