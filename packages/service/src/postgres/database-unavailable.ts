/** The database did not answer in time, or too many callers are already waiting for it. */
export class DatabaseUnavailable extends Error {
  override readonly name = 'DatabaseUnavailable';
}
