const ENDED_WAITS = ['TimeoutError', 'AbortError'];
const NOBODY_THERE = ['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'ERR_SSL_WRONG_VERSION_NUMBER'];

/** Whether `fetch` got no answer: its limit or the user ended the wait, or the network failed, which is the cause of a TypeError. */
export function isConnectionFault(error: unknown): error is Error {
  if (!(error instanceof Error)) return false;
  return ENDED_WAITS.includes(error.name) || (error instanceof TypeError && error.cause !== undefined);
}

export function unreachable(origin: string, error: unknown): string {
  const reason = reasonOf(error);
  const hint = NOBODY_THERE.includes(reason) ? ' Check that npm start is running, or that COUNTERSIGN_URL is right.' : '';
  return `${origin} can't be reached: ${reason}.${hint}`;
}

/** `fetch` has the fault in its cause, perhaps several levels deep. */
function reasonOf(error: unknown): string {
  const { name, message, code, cause } = error as NodeJS.ErrnoException;
  if (name === 'TimeoutError') return 'no answer in time';
  if (code === 'UND_ERR_SOCKET') return 'the connection broke off';
  return cause === undefined ? (code ?? message) : reasonOf(cause);
}
