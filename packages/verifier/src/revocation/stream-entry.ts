export type StreamEntry = readonly [id: string, fields: Readonly<Record<string, string>>];

/** When Redis accepted the entry, by its own clock; Unix milliseconds. */
export function streamIdMs(id: string): number {
  return Number.parseInt(id, 10);
}

/** Orders ids of the form `milliseconds-sequence`: negative, zero or positive. */
export function compareStreamIds(a: string, b: string): number {
  const [aMs = 0, aSequence = 0] = a.split('-').map(Number);
  const [bMs = 0, bSequence = 0] = b.split('-').map(Number);
  return aMs - bMs || aSequence - bSequence;
}
