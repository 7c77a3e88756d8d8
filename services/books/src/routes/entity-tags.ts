import type { ExpectedVersions } from '../domain/book.ts';

const ENTITY_TAG = /(W\/)?"([\x21\x23-\x7e\x80-\xff]*)"/g;

/** A strong entity tag (RFC 9110, section 8.8.3): each version of a book has one representation. */
export function formatEntityTag(version: number): string {
  return `"${version}"`;
}

/** The versions that `If-Match` accepts. Strong comparison: a weak tag, or one that isn't ours, accepts none (RFC 9110, section 13.1.1). */
export function parseIfMatch(header: string | undefined): ExpectedVersions {
  if (header === undefined || header.trim() === '*') return null;
  return entityTags(header)
    .filter((tag) => !tag.weak)
    .map((tag) => parseVersion(tag.opaque))
    .filter((version) => version !== null);
}

/** Whether the client already has this version. Weak comparison (RFC 9110, section 13.1.2). */
export function hasEntityTag(ifNoneMatch: string | undefined, version: number): boolean {
  if (ifNoneMatch === undefined) return false;
  return ifNoneMatch.trim() === '*' || entityTags(ifNoneMatch).some((tag) => parseVersion(tag.opaque) === version);
}

function entityTags(header: string) {
  return Array.from(header.matchAll(ENTITY_TAG), ([, weak, opaque]) => ({ weak: weak !== undefined, opaque: opaque ?? '' }));
}

function parseVersion(opaque: string): number | null {
  const version = /^[1-9]\d{0,15}$/.test(opaque) ? Number(opaque) : Number.NaN;
  return Number.isSafeInteger(version) ? version : null;
}
