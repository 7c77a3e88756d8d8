/** The database did not answer in time, or too many callers wait for it already. */
export class DatabaseUnavailable extends Error {
  override readonly name = 'DatabaseUnavailable';
}
