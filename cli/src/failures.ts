/** It can't be done, for a reason that is told in words: exit code 1. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
}

/** What was asked for may be done or not: no answer came, or one of a service that has failed. */
export class Unanswered extends Refusal {}

/** The command line is wrong: exit code 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}
