/** A reason for not starting that the person at the keyboard can do something about: shown without a stack. */
export class StartError extends Error {
  override readonly name = 'StartError';
}
