/** Something that tokens depend on and that a call can end: a session, a user's sessions so far, a client, a key. */
export class Life {
  #isLive = true;
  #endedAtMs = Number.POSITIVE_INFINITY;

  /** Call it before the call that ends it: from then on nobody knows, until the answer. */
  mayEnd(): void {
    this.#isLive = false;
  }

  /** Call it when the call that ended it was answered. */
  end(): void {
    this.#isLive = false;
    this.#endedAtMs = Math.min(this.#endedAtMs, performance.now());
  }

  get isLive(): boolean {
    return this.#isLive;
  }

  /** When the answer said so; infinity when none has. */
  get endedAtMs(): number {
    return this.#endedAtMs;
  }
}

/** Of what nobody will know whether it has ended. */
export function unknownLife(): Life {
  const life = new Life();
  life.mayEnd();
  return life;
}

export interface AccessToken {
  /** Whose it is. */
  readonly who: string;
  readonly text: string;
  readonly kid: string;
  /** What it depends on. */
  readonly lives: readonly Life[];
  /** The servers that have refused it. */
  readonly refusedBy: Set<string>;
}

export function isGood(lives: readonly Life[]): boolean {
  return lives.every((life) => life.isLive);
}

/** Since when the first of them is known to have ended; infinity: none is. */
export function endedAtMs(lives: readonly Life[]): number {
  return Math.min(...lives.map((life) => life.endedAtMs));
}
