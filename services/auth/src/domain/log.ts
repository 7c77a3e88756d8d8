/** The log that operators read: pino's, or a test's. */
export type Log = Record<'info' | 'warn' | 'error', (fields: object, message: string) => void>;
