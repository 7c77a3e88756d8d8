/** Names in one argument, separated by commas or blanks, such as scopes. */
export function splitNames(text: string): string[] {
  return text.split(/[\s,]+/).filter((name) => name !== '');
}
