/**
 * The form in which texts are compared ignoring case. Done here and not by Postgres, whose `lower()` depends
 * on the database's locale. Upper case, because it has one sigma and spells `ß` as `SS`.
 */
export function foldCase(text: string): string {
  return text.normalize('NFC').toUpperCase();
}
