/** The value of the promise, or `otherwise` when it takes longer; the work then continues without its caller. */
export async function valueWithin<Value>(limitMs: number, promise: Promise<Value>, otherwise: Value): Promise<Value> {
  const { promise: late, resolve } = Promise.withResolvers<Value>();
  const timer = setTimeout(resolve, limitMs, otherwise);
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
