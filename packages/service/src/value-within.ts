/** The value of the promise, or another where it takes longer; then the work goes on without its caller. */
export async function valueWithin<Value>(limitMs: number, promise: Promise<Value>, otherwise: Value): Promise<Value> {
  const { promise: late, resolve } = Promise.withResolvers<Value>();
  const timer = setTimeout(resolve, limitMs, otherwise);
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
