/** The levels and numbers of pino, which the other services log with. */
const LEVELS = { trace: 10, debug: 20, info: 30, warn: 40, error: 50, fatal: 60, silent: Number.POSITIVE_INFINITY } as const;

export type LogLevel = keyof typeof LEVELS;

export interface Log {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
}

/** JSON lines, as the other services write them. */
export function createLog(level: LogLevel, stream: { write(line: string): unknown } = process.stdout): Log {
  const write = (of: 'info' | 'warn') => (fields: object, message: string) => {
    if (LEVELS[of] < LEVELS[level]) return;
    stream.write(`${JSON.stringify({ level: LEVELS[of], time: Date.now(), name: 'worker', ...fields, msg: message })}\n`);
  };
  return { info: write('info'), warn: write('warn') };
}
