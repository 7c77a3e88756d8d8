const DIGITS = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

/** A whole number in base62, padded with zeros to `length` characters. */
export function encodeBase62(value: bigint | number, length: number): string {
  let rest = BigInt(value);
  let text = '';
  while (rest > 0n) {
    text = DIGITS[Number(rest % 62n)] + text;
    rest /= 62n;
  }
  return text.padStart(length, '0');
}

/** Big-endian bytes in base62: 16 bytes need 22 characters, 32 bytes 43. */
export function encodeBytesBase62(bytes: Uint8Array, length: number): string {
  return encodeBase62(BigInt(`0x${Buffer.from(bytes).toString('hex')}`), length);
}

/** The number that up to nine base62 digits stand for; more would leave what a double holds exactly. */
export function decodeBase62(text: string): number {
  return [...text].reduce((value, digit) => value * 62 + DIGITS.indexOf(digit), 0);
}
