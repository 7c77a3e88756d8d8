/** It can't be done, for the reason in the message: exit code 1. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
}

/** Ctrl-C instead of an answer: exit code 130. */
export class Interrupted extends Refusal {}

/** Auth gave no answer, or failed: it may succeed later. */
export class Unavailable extends Refusal {}

/** Unavailable, and whether it was done is unknown. */
export class Unanswered extends Unavailable {}

/** The command line is wrong: exit code 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}
