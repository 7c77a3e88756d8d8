import type { Random } from '@countersign/testing';
import type { History } from './history.ts';

/** Out of so many that were refused last. */
const CHOSEN_FROM = 50;

/** Presents what both books processes have refused, again and again: a list that is lost and read anew leaves only moments to be wrong. */
export class Doubter {
  readonly #history: History;
  readonly #random: Random;

  constructor(history: History, random: Random) {
    this.#history = history;
    this.#random = random;
  }

  async move(): Promise<void> {
    const { uses, stack } = this.#history;
    const refused = uses.refused().slice(-CHOSEN_FROM);
    if (refused.length === 0) return;
    const token = this.#random.pick(refused);
    await Promise.all(stack.books.map((server) => uses.use(token, server, { isQuiet: true })));
  }
}
