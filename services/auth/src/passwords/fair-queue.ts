/**
 * A queue that is fair between networks: each has a line of its own, and the lines take turns, so that a crowd in one holds up no other.
 */
export class FairQueue<Item> {
  /** In the order of their turns, the next one first; none is empty. */
  readonly #lines = new Map<string, Item[]>();

  get length(): number {
    return this.#lines.values().reduce((sum, line) => sum + line.length, 0);
  }

  push(network: string, item: Item): void {
    this.#lines.set(network, [...this.#lineOf(network), item]);
  }

  shift(): Item | undefined {
    const [network = ''] = this.#lines.keys();
    const [item, ...rest] = this.#lineOf(network);
    this.#lines.delete(network); // reinserted below, as the last
    this.#replace(network, rest);
    return item;
  }

  /** Removes the newest item of the longest line, unless this network's line with one more would be as long. */
  popFor(network: string): Item | undefined {
    const [longest, line] = [...this.#lines].reduce((one, other) => (other[1].length > one[1].length ? other : one), ['', [] as Item[]]);
    if (line.length <= this.#lineOf(network).length + 1) return undefined;
    this.#replace(longest, line.slice(0, -1));
    return line.at(-1);
  }

  /** Removes the oldest items of each line for as long as this holds. */
  takeWhile(holds: (item: Item) => boolean): Item[] {
    return [...this.#lines].flatMap(([network, line]) => {
      const first = line.findIndex((item) => !holds(item));
      const taken = first === -1 ? line : line.slice(0, first);
      this.#replace(network, line.slice(taken.length));
      return taken;
    });
  }

  #lineOf(network: string): readonly Item[] {
    return this.#lines.get(network) ?? [];
  }

  #replace(network: string, line: Item[]): void {
    if (line.length === 0) this.#lines.delete(network);
    else this.#lines.set(network, line);
  }
}
