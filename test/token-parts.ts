/** The key that signed an access token. */
export function kidOf(token: string): string {
  return String(decodePart(token, 0).kid);
}

/** The session of an access token. */
export function sidOf(token: string): string {
  return String(decodePart(token, 1).sid);
}

function decodePart(token: string, index: 0 | 1): Readonly<Record<string, unknown>> {
  return JSON.parse(Buffer.from(token.split('.')[index] ?? '', 'base64url').toString()) as Readonly<Record<string, unknown>>;
}
