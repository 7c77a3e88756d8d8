/**
 * The form in which texts are compared ignoring case. Not by Postgres, whose `lower()` depends on the database's locale. In upper case,
 * which has one sigma and spells `ß` as `SS`; lower case comes first, because upper case leaves `ẞ` as it is, and NFC last, because upper
 * case takes some letters apart.
 */
export function foldCase(text: string): string {
  return text.normalize('NFC').toLowerCase().toUpperCase().normalize('NFC');
}
