// Characters that control the terminal or reorder text: a name chosen by someone else could move the cursor or hide a line.
const HARMFUL = /[\p{Cc}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/gu;

export function printable(text: string): string {
  return text.replace(HARMFUL, escapeCharacter);
}

/** JSON on one line, with the same characters escaped; its value is the same. */
export function printableJson(value: unknown): string {
  return JSON.stringify(value).replace(HARMFUL, escapeCharacter);
}

function escapeCharacter(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
