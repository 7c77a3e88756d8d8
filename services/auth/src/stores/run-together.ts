import { Problem } from '@countersign/problems';
import { settledWithin } from '@countersign/service';

/** After this long the next run starts, even if the one before hasn't ended. */
const PATIENCE_MS = 50;
/** More callers than this become several runs, side by side: for a crowd after an outage one statement would take too long. */
const MOST_TOGETHER = 100;
/** A caller that arrives while this many wait would wait too long, and is told to try again later. */
const MOST_WAITING = 1000;

/**
 * Makes one statement of concurrent calls. Not a cache: a run begins after its callers have asked, so no answer predates its question.
 *
 * @param runMany - answers the inputs in their order
 * @throws Problem `unavailable` when a thousand wait already
 */
export function runTogether<Input, Output>(
  runMany: (inputs: readonly Input[]) => Promise<readonly Output[]>,
): (input: Input) => Promise<Output> {
  let waiting: { readonly inputs: Input[]; readonly outputs: Promise<readonly Output[]> } | null = null;
  let running: Promise<unknown> = Promise.resolve();

  async function runSoon(inputs: readonly Input[]): Promise<readonly Output[]> {
    await settledWithin(PATIENCE_MS, running);
    if (waiting?.inputs === inputs) waiting = null;
    const outputs = runMany(inputs);
    running = outputs;
    return outputs;
  }

  let unanswered = 0;

  return async (input) => {
    if (unanswered >= MOST_WAITING) throw new Problem('unavailable', { cause: new Error('too many callers wait for the database') });
    if (waiting === null || waiting.inputs.length === MOST_TOGETHER) {
      const inputs: Input[] = [];
      waiting = { inputs, outputs: runSoon(inputs) };
    }
    const position = waiting.inputs.push(input) - 1;
    unanswered += 1;
    try {
      return (await waiting.outputs)[position] as Output;
    } finally {
      unanswered -= 1;
    }
  };
}
