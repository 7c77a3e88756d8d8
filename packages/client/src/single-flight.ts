/** Shares one run of `work`, with the arguments of whoever began it, among all callers that ask while it runs. */
export function singleFlight<Arguments extends readonly unknown[], Value>(
  work: (...args: Arguments) => Promise<Value>,
): (...args: Arguments) => Promise<Value> {
  let running: Promise<Value> | null = null;
  return (...args) => {
    running ??= work(...args).finally(() => {
      running = null;
    });
    return running;
  };
}
