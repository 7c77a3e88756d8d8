import { UsageError } from '../failures.ts';

export const LIMIT = { value: 'N', describe: 'At most N rows; all when left out.' } as const;

export function parseLimit(text: string | undefined, otherwise = Number.POSITIVE_INFINITY): number {
  if (text === undefined) return otherwise;
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new UsageError(`--limit must be a whole number, at least 1, not ${JSON.stringify(text)}.`);
  return Number(text);
}
