const ENTITY_TAG = /(W\/)?"([\x21\x23-\x7e\x80-\xff]*)"/g;

/** An entity tag (RFC 9110, section 8.8.3). */
export interface EntityTag {
  readonly weak: boolean;
  readonly opaque: string;
}

/** Whether an `If-None-Match` names this tag, compared weakly (RFC 9110, section 13.1.2); `*` names any. */
export function namesEntityTag(ifNoneMatch: string | undefined, opaque: string): boolean {
  if (ifNoneMatch === undefined) return false;
  return ifNoneMatch === '*' || parseEntityTags(ifNoneMatch).some((tag) => tag.opaque === opaque);
}

/** The tags in an `If-Match` or `If-None-Match`. Anything else is skipped, `*` too. */
export function parseEntityTags(header: string): EntityTag[] {
  return Array.from(header.matchAll(ENTITY_TAG), ([, weak, opaque]) => ({ weak: weak !== undefined, opaque: opaque ?? '' }));
}
