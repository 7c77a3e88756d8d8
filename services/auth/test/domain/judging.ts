import type { Judge, Judgement } from '@countersign/verifier/parts';

/** A judge that says the same of every token. */
export function judging(judgement: Judgement): Judge {
  const judge = () => judgement;
  return Object.assign(judge, { authorization: judge, stats: () => ({ cached: 0, hits: 0, misses: 0 }) });
}
