import { DatabaseUnavailable } from './database-unavailable.ts';
import { Gate } from './gate.ts';

export interface ShareLimits {
  /** How many run at a time: fewer than there are connections. */
  readonly max: number;
  readonly maxWaiting: number;
  /** How long one waits for its turn, besides the time that it then takes. */
  readonly waitMs: number;
}

/**
 * A share of the connections for statements that may take long, which thus never occupy all of them. One that gets no turn is refused with
 * an error that `isUnavailable` recognizes.
 */
export function shareOfConnections({ max, maxWaiting, waitMs }: ShareLimits) {
  const gate = new Gate(max, maxWaiting);
  return async <Result>(work: () => Promise<Result>): Promise<Result> => {
    if (!(await gate.enter(waitMs)))
      throw new DatabaseUnavailable(
        `The statement was not started: of its kind at most ${max} run at a time and ${maxWaiting} wait, each for at most ${waitMs} ms.`,
      );
    try {
      return await work();
    } finally {
      gate.leave();
    }
  };
}
