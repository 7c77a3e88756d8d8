const ENTITY_TAG = /(W\/)?"([\x21\x23-\x7e\x80-\xff]*)"/g;

/** An entity tag (RFC 9110, section 8.8.3), taken apart. */
export interface EntityTag {
  readonly weak: boolean;
  /** What is between the quotes. */
  readonly opaque: string;
}

/** The tags in an `If-Match` or `If-None-Match`. What is no tag is passed over, `*` too. */
export function parseEntityTags(header: string): EntityTag[] {
  return Array.from(header.matchAll(ENTITY_TAG), ([, weak, opaque]) => ({ weak: weak !== undefined, opaque: opaque ?? '' }));
}
