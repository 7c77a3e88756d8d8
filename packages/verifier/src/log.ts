/** Where the verifier reports what happens in the background: Fastify's log, pino, or anything with these two methods. */
export interface Log {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
}
