/**
 * The form in which texts are compared ignoring case. Not by Postgres, whose `lower()` depends on the database's locale. In upper case,
 * which has one sigma and spells `ß` as `SS`. First in lower case, since upper case keeps `ẞ`; then NFC, since upper case splits letters.
 */
export function foldCase(text: string): string {
  return text.normalize('NFC').toLowerCase().toUpperCase().normalize('NFC');
}
