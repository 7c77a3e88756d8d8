import { Problem } from '@countersign/problems';

/** Applies `next` at once to a plain value and later to a promised one, so that the common path allocates no promise. */
export function andThen<Value, Result>(
  value: Value | Promise<Value>,
  next: (value: Value) => Result | Promise<Result>,
): Result | Promise<Result> {
  return value instanceof Promise ? value.then(next) : next(value);
}

/** Like {@link andThen}, but passes a refusal on. */
export function unlessRefused<Value, Result>(
  value: Value | Problem | Promise<Value | Problem>,
  next: (value: Value) => Result | Promise<Result>,
): Result | Problem | Promise<Result | Problem> {
  return andThen<Value | Problem, Result | Problem>(value, (held) => (held instanceof Problem ? held : next(held)));
}
