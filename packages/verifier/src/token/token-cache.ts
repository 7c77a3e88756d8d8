/** What a cached token costs besides its own text: its claims, the map's slot. Measured at about 600 bytes for short claims. */
const ENTRY_BYTES = 600;

export function credentialsOf(token: string): string {
  return `Bearer ${token}`;
}

/**
 * Remembers what good tokens hold. Only successes are added, so bad tokens can't evict good ones, and two generations bound the memory:
 * when the young one is full it becomes the old one, and the old one is dropped.
 *
 * A token is looked up by its credentials (RFC 6750, section 2.1), the very string that a request brings: comparing a token cut out of that
 * string would cost three times as much as the rest of a look-up.
 */
export class TokenCache<Entry extends { readonly credentials: string }> {
  readonly #generationBytes: number;
  #young = new Map<number, Entry>();
  #old = new Map<number, Entry>();
  #youngBytes = 0;

  constructor({ maxBytes }: { readonly maxBytes: number }) {
    this.#generationBytes = maxBytes / 2;
  }

  get size(): number {
    return this.#young.size + this.#old.size;
  }

  find(credentials: string): Entry | undefined {
    const key = keyOf(credentials);
    const young = this.#young.get(key);
    if (young !== undefined) return young.credentials === credentials ? young : undefined;
    const old = this.#old.get(key);
    if (old === undefined || old.credentials !== credentials) return undefined;
    this.#old.delete(key);
    this.#add(key, old);
    return old;
  }

  add(entry: Entry): void {
    this.#add(keyOf(entry.credentials), entry);
  }

  delete(entry: Entry): void {
    const key = keyOf(entry.credentials);
    this.#young.delete(key);
    this.#old.delete(key);
  }

  #add(key: number, entry: Entry): void {
    const bytes = entry.credentials.length + ENTRY_BYTES;
    if (this.#youngBytes + bytes > this.#generationBytes) {
      this.#old = this.#young;
      this.#young = new Map();
      this.#youngBytes = 0;
    }
    this.#young.set(key, entry);
    this.#youngBytes += bytes;
  }
}

/**
 * 32 bits from the end of a signature, without the last character, which holds next to none: a number takes half the time of a substring.
 * Two good tokens that share it evict each other and are never confused, since `find` compares the whole string.
 */
function keyOf(credentials: string): number {
  let key = 0;
  for (let i = credentials.length - 8; i < credentials.length - 1; i += 1) key = (key << 5) ^ credentials.charCodeAt(i);
  return key;
}
