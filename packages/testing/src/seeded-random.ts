import { createHash } from 'node:crypto';

/** Draws numbers that a seed determines. */
export interface Random {
  /** A whole number from 0 up to, but not including, `end`. */
  below(end: number): number;
  chance(probability: number): boolean;
  pick<Item>(from: readonly Item[]): Item;
  /** Picks by weight; an item of weight 0 is never picked. */
  pickWeighted<Item>(from: readonly (readonly [Item, weight: number])[]): Item;
  shuffle<Item>(all: readonly Item[]): Item[];
  /** A separate sequence, so that what one actor draws doesn't depend on how much the others draw. */
  fork(): Random;
}

export function createRandom(seed: number): Random {
  const next = fractionsOf(seed);
  const below = (end: number) => Math.floor(next() * end);
  return {
    below,
    chance: (probability) => next() < probability,
    pick: <Item>(from: readonly Item[]) => from[below(from.length)] as Item,
    pickWeighted: (from) => {
      let left = next() * from.reduce((sum, [, weight]) => sum + weight, 0);
      for (const [item, weight] of from) {
        left -= weight;
        if (left < 0) return item;
      }
      throw new Error('nothing to pick from');
    },
    shuffle: (all) =>
      all
        .map((item) => ({ item, place: next() }))
        .toSorted((a, b) => a.place - b.place)
        .map(({ item }) => item),
    fork: () => createRandom(below(2 ** 32)),
  };
}

/** Numbers from 0 up to, but not including, 1: the first 48 bits of a hash of the seed and a count. */
function fractionsOf(seed: number): () => number {
  let count = 0;
  return () => {
    count += 1;
    return createHash('sha256').update(`${seed} ${count}`).digest().readUIntBE(0, 6) / 2 ** 48;
  };
}

/** Deals every item once, in a new order each time through. */
export function createDeck<Item>(random: Random, items: readonly Item[]): () => Item {
  let left: Item[] = [];
  return () => {
    if (left.length === 0) left = random.shuffle(items);
    return left.pop() as Item;
  };
}
