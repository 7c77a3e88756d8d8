import type { Random } from './seeded-random.ts';

/** How many texts are remembered for each name. */
const REMEMBERED = 8;
/** How many of one answer, so that a long list doesn't replace everything. */
const OF_ONE_ANSWER = 2;

interface KnownText {
  readonly name: string;
  readonly text: string;
}

/** Texts that mean something to a service now (ids, names, tokens), by the names of the members in which its answers hold them. */
export class KnownTexts {
  readonly #random: Random;
  /** Oldest first. */
  #known: readonly KnownText[] = [];

  constructor(random: Random, first: Readonly<Record<string, readonly string[]>>) {
    this.#random = random;
    for (const [name, texts] of Object.entries(first)) this.#remember(name, texts);
  }

  /**
   * A text that stood under this name or a similar one: a `client_id` is an `id`, a `refresh_token` may be tried as `subject_token`.
   * Prefers new ones, since old ones may be gone. `null`: there is none.
   */
  pick(name: string): string | null {
    const { below, chance } = this.#random;
    const named = this.#known.filter((known) => known.name === name);
    const fitting = named.length > 0 && chance(0.6) ? named : this.#known.filter((known) => kindOf(known.name) === kindOf(name));
    return fitting.at(-1 - below(1 + below(fitting.length)))?.text ?? null;
  }

  /** @param body - of an answer; only JSON is learned from */
  learn(body: string): void {
    const found = /^[[{]/.test(body) ? textsIn(JSON.parse(body)) : [];
    for (const [name, texts] of Map.groupBy(found, (text) => text.name)) {
      const some = this.#random.shuffle(texts).slice(0, OF_ONE_ANSWER);
      this.#remember(
        name,
        some.map(({ text }) => text),
      );
    }
  }

  #remember(name: string, texts: readonly string[]): void {
    const others = this.#known.filter((known) => known.name !== name);
    const former = this.#known.filter((known) => known.name === name && !texts.includes(known.text));
    this.#known = [...others, ...former.slice(-REMEMBERED), ...texts.map((text) => ({ name, text }))];
  }
}

function textsIn(value: unknown, name = ''): KnownText[] {
  if (typeof value === 'string' || typeof value === 'number') return [{ name, text: String(value) }];
  if (Array.isArray(value)) return value.flatMap((item) => textsIn(item, name));
  return Object.entries(value ?? {}).flatMap(([member, held]) => textsIn(held, member));
}

/** The last word of a name, without the plural's s. */
function kindOf(name: string): string {
  return name.replace(/^.*_/, '').replace(/s$/, '');
}
