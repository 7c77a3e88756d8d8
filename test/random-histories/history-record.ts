/** What must hold in every history. */
export const PROPERTIES = {
  answered: 'every call is answered in time, and no error of a server is anything but a 503 with its code',
  refused: 'what was revoked is refused everywhere soon after, and never accepted again where it was refused',
  good: 'a good token of a live session is accepted, or its call gets 503',
  kept: 'who holds the current refresh token, or the one before it, keeps the session, and gets the same successor every way',
  stolen: 'an older refresh token ends the session and all its tokens',
  recovers: 'soon after the faults end everything works again',
} as const;

export type Property = keyof typeof PROPERTIES;

/** How many of the last steps that concern a breach are told with it. */
const TOLD_STEPS = 40;

/** Who all steps of which concern everybody. */
export const EVERYBODY = '*';

interface Step {
  readonly who: string;
  readonly text: string;
}

/** What has happened so far, and what of it must not have. */
export class HistoryRecord {
  readonly #beganMs = performance.now();
  readonly #steps: Step[] = [];
  readonly #counts = new Map<string, number>();
  readonly #longest = new Map<string, number>();
  readonly #breaches = new Map<Property, string>();

  /** @param who - whose history it belongs to, or EVERYBODY */
  note(who: string, what: string): void {
    this.#steps.push({ who, text: `${((performance.now() - this.#beganMs) / 1000).toFixed(3)} s  ${who}: ${what}` });
  }

  count(what: string): void {
    this.#counts.set(what, this.countOf(what) + 1);
  }

  countOf(what: string): number {
    return this.#counts.get(what) ?? 0;
  }

  measure(what: string, ms: number): void {
    this.#longest.set(what, Math.max(Math.round(ms), this.#longest.get(what) ?? 0));
  }

  /** Keeps the first of each property, with the steps that led to it. */
  breach(property: Property, who: string, what: string): void {
    this.note(who, `BREACH of "${PROPERTIES[property]}": ${what}`);
    this.count(`breaches of ${property}`);
    if (this.#breaches.has(property)) return;
    const steps = this.#steps.filter((step) => step.who === who || step.who === EVERYBODY);
    const told = steps.slice(-TOLD_STEPS).map(({ text }) => text);
    this.#breaches.set(property, told.join('\n'));
  }

  breachOf(property: Property): string | undefined {
    return this.#breaches.get(property);
  }

  summary(): string {
    const sorted = (map: ReadonlyMap<string, number>) => Object.fromEntries([...map].toSorted(([a], [b]) => (a < b ? -1 : 1)));
    return `counts: ${JSON.stringify(sorted(this.#counts))}\nlongest, in ms: ${JSON.stringify(sorted(this.#longest))}`;
  }
}
