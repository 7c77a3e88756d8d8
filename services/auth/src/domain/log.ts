/** Where something is told to operators: pino's own, or a test's. */
export type Log = Record<'info' | 'warn' | 'error', (fields: object, message: string) => void>;
