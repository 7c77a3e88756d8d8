import { namesEntityTag, parseEntityTags } from '@countersign/service';
import type { ExpectedVersions } from '../domain/book.ts';

/** A strong entity tag (RFC 9110, section 8.8.3): each version of a book has one representation. */
export function formatEntityTag(version: number): string {
  return `"${version}"`;
}

/**
 * The versions that a change may replace: those that `If-Match` accepts, without those that `If-None-Match` names (RFC 9110, section
 * 13.1.2). `If-None-Match: *` leaves none.
 */
export function parseExpectedVersions(headers: { 'if-match'?: string; 'if-none-match'?: string }): ExpectedVersions {
  const expected = parseIfMatch(headers['if-match']);
  const ifNoneMatch = headers['if-none-match'];
  if (ifNoneMatch === undefined) return expected;
  if (ifNoneMatch === '*') return [];
  const unwanted = versionsOf(parseEntityTags(ifNoneMatch));
  return expected === null ? { not: unwanted } : expected.filter((version) => !unwanted.includes(version));
}

/** The versions that `If-Match` accepts; `null`: any. Strong comparison: a weak or foreign tag accepts none (RFC 9110, section 13.1.1). */
export function parseIfMatch(header: string | undefined): number[] | null {
  if (header === undefined || header === '*') return null;
  return versionsOf(parseEntityTags(header).filter((tag) => !tag.weak));
}

/** Whether the client already has this version. Weak comparison (RFC 9110, section 13.1.2). */
export function hasEntityTag(ifNoneMatch: string | undefined, version: number): boolean {
  return namesEntityTag(ifNoneMatch, String(version));
}

function versionsOf(tags: readonly { readonly opaque: string }[]): number[] {
  return tags.map(({ opaque }) => parseVersion(opaque)).filter((version) => version !== null);
}

function parseVersion(opaque: string): number | null {
  const version = /^[1-9]\d{0,15}$/.test(opaque) ? Number(opaque) : Number.NaN;
  return Number.isSafeInteger(version) ? version : null;
}
