/** Why a service can't start, in a sentence for the operator, shown without a stack. */
export class StartError extends Error {
  override readonly name = 'StartError';
}
