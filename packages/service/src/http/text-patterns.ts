/** For a JSON Schema: what Postgres can store, which is text with neither U+0000 nor half a surrogate pair. */
export const STORABLE_TEXT = '^[^\\0\\p{Surrogate}]*$';

/** The same, and not only blanks. */
export const VISIBLE_TEXT = '^(?=[^]*\\S)[^\\0\\p{Surrogate}]*$';
export const VISIBLE_TEXT_DESCRIPTION =
  'text with more than blanks in it, and without U+0000 and half surrogate pairs; kept exactly as it is sent';
