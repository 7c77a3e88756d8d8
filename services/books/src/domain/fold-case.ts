/**
 * The form in which texts are compared ignoring case. Done here and not by Postgres, whose `lower()` depends
 * on the database's locale. Upper case, because it has one sigma and spells `ß` as `SS`; of lower case, because it leaves `ẞ` as
 * it is; and composed again, because it takes some letters apart.
 */
export function foldCase(text: string): string {
  return text.normalize('NFC').toLowerCase().toUpperCase().normalize('NFC');
}
