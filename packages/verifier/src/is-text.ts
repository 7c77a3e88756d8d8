/** Whether this is a string that isn't empty. */
export function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}
