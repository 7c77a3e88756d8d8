/** Where the verifier reports what happens in the background, such as Fastify's or pino's. */
export interface Log {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
}
