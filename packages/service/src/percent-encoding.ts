/** @throws Error with a sentence that completes "REDIS_URL …", and doesn't show the text, which may be a password */
export function decodePercent(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch (cause) {
    throw new Error('has a % that is not followed by two hexadecimal digits (write % as %25)', { cause });
  }
}
