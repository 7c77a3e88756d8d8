/** For a JSON Schema: text that Postgres can store, with neither U+0000 nor half a surrogate pair. */
export const STORABLE_TEXT = '^[^\\0\\p{Surrogate}]*$';

/** The same, but more than blanks. */
export const VISIBLE_TEXT = '^(?=[^]*\\S)[^\\0\\p{Surrogate}]*$';
export const VISIBLE_TEXT_DESCRIPTION =
  'text that is not only white space, without U+0000 and unpaired surrogates; kept exactly as it is sent';
