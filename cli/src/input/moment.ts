import { UsageError } from '../failures.ts';

const UNIT_MS: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** Parses a date, a date with a time, or how long ago (`30m`, `2h`, `7d`). @returns the moment in RFC 3339 */
export function parseMoment(option: string, text: string, nowMs: number): string {
  const [, count, unit = ''] = /^(\d{1,6})([smhd])$/.exec(text) ?? [];
  const time =
    count === undefined ? new Date(isTime(text) ? withZone(text) : Number.NaN) : new Date(nowMs - Number(count) * (UNIT_MS[unit] ?? 0));
  if (Number.isNaN(time.getTime())) {
    throw new UsageError(`${option} must be a time like 2026-11-21, 2026-11-21T10:00:00Z or 2h (ago), not ${JSON.stringify(text)}.`);
  }
  return time.toISOString();
}

/** Only days that exist: Date takes 30 February for 2 March. */
function isTime(text: string): boolean {
  const [, date = '', day] = /^(\d{4}-\d\d-(\d\d))([T ]\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)?)?$/.exec(text) ?? [];
  return new Date(date).getUTCDate() === Number(day);
}

/** Times are UTC unless they say otherwise, as everywhere in auth. */
function withZone(text: string): string {
  return /[T ][\d:.]+$/.test(text) ? `${text}Z` : text;
}
