/** It can't be done, for the reason in the message: exit code 1. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
}

/** Ctrl-C instead of an answer: exit code 130. */
export class Interrupted extends Refusal {}

/** Whether it was done is unknown: no answer came, or one from a service that failed. */
export class Unanswered extends Refusal {}

/** The command line is wrong: exit code 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}
