const DIGITS = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

/** 62^8 < 2^53, so this many digits fit a double exactly, and doubles are much quicker than bigints. */
const EXACT_DIGITS = 8;
const CHUNK = 62n ** BigInt(EXACT_DIGITS);

export function encodeBase62(value: bigint | number, length: number): string {
  let text = '';
  for (let rest = BigInt(value); rest > 0n; rest /= CHUNK) {
    let part = Number(rest % CHUNK);
    for (let digit = 0; digit < EXACT_DIGITS; digit += 1) {
      text = DIGITS.charAt(part % 62) + text;
      part = Math.floor(part / 62);
    }
  }
  return text.replace(/^0+/, '').padStart(length, '0');
}

/** Big-endian bytes in base62: 16 bytes need 22 characters, 32 bytes 43. */
export function encodeBytesBase62(bytes: Uint8Array, length: number): string {
  return encodeBase62(BigInt(`0x${Buffer.from(bytes).toString('hex')}`), length);
}

/** Decodes at most `EXACT_DIGITS` digits. */
export function decodeBase62(text: string): number {
  return [...text].reduce((value, digit) => value * 62 + DIGITS.indexOf(digit), 0);
}
