import type { Random } from './seeded-random.ts';

/** Of each name. */
const REMEMBERED = 8;
/** A list of many mustn't be all that is remembered. */
const OF_ONE_ANSWER = 2;

interface KnownText {
  readonly name: string;
  readonly text: string;
}

/** What means something to a service now, ids, names, tokens, by the members that its answers have them in. */
export class KnownTexts {
  readonly #random: Random;
  /** In the order of their coming. */
  #known: readonly KnownText[] = [];

  constructor(random: Random, first: Readonly<Record<string, readonly string[]>>) {
    this.#random = random;
    for (const [name, texts] of Object.entries(first)) this.#remember(name, texts);
  }

  /**
   * One that stood under this name, or one that ends like it: a `client_id` is an `id`, a `refresh_token` may be tried as
   * `subject_token`. Rather a new one than an old one, which may be gone. `null`: none has come.
   */
  pick(name: string): string | null {
    const { below, chance } = this.#random;
    const named = this.#known.filter((known) => known.name === name);
    const fitting = named.length > 0 && chance(0.6) ? named : this.#known.filter((known) => kindOf(known.name) === kindOf(name));
    return fitting.at(-1 - below(1 + below(fitting.length)))?.text ?? null;
  }

  /** @param body - of an answer; only from JSON there is something to learn */
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

/** Its last word, without the plural's s. */
function kindOf(name: string): string {
  return name.replace(/^.*_/, '').replace(/s$/, '');
}
