/** Draws numbers that a seed determines. */
export interface Random {
  /** A whole number from 0 up to, but not including, `end`. */
  below(end: number): number;
  chance(probability: number): boolean;
  pick<Item>(from: readonly Item[]): Item;
  /** By weight; an item without any is never picked. */
  pickWeighted<Item>(from: readonly (readonly [Item, weight: number])[]): Item;
  shuffle<Item>(all: readonly Item[]): Item[];
  /** Another sequence, so that what one actor draws doesn't depend on how much the others have drawn. */
  fork(): Random;
}

export function createRandom(seed: number): Random {
  const next = mulberry32(seed);
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

/** Small and good enough for tests (Tommy Ettinger, public domain). */
function mulberry32(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let bits = Math.imul(state ^ (state >>> 15), state | 1);
    bits ^= bits + Math.imul(bits ^ (bits >>> 7), bits | 61);
    return ((bits ^ (bits >>> 14)) >>> 0) / 2 ** 32;
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
