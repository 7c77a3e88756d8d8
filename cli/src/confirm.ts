import { Refusal } from './failures.ts';
import { ask, isTerminal } from './input/prompt.ts';
import type { Io } from './io.ts';

/** Asks before anything that can't be undone. Without a terminal nothing is done, unless there is `--yes`. */
export function createConfirm(io: Io, { yes }: { readonly yes: boolean }): (question: string) => Promise<void> {
  return async (question) => {
    if (yes) return;
    if (!isTerminal(io))
      throw new Refusal(`${question} This can't be undone, and there is no terminal to ask at: use --yes to confirm. Nothing was changed.`);
    const answer = await ask(io, `${question} This can't be undone. Continue? [y/N] `);
    if (!/^y(es)?$/i.test(answer.trim())) throw new Refusal('Nothing was changed.');
  };
}
