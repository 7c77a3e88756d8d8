/** Redis is not connected, or answered too late for what it was asked. */
export class RedisUnavailable extends Error {
  override readonly name = 'RedisUnavailable';
}
