const LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;

export type LogLevel = (typeof LEVELS)[number];

export interface Log {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
}

/** JSON lines with UTC times, as the other services write them. */
export function createLog(level: LogLevel, stream: { write(line: string): unknown } = process.stdout): Log {
  const write = (of: 'info' | 'warn') => (fields: object, message: string) => {
    if (LEVELS.indexOf(of) < LEVELS.indexOf(level)) return;
    stream.write(`${JSON.stringify({ level: of, time: new Date().toISOString(), ...fields, msg: message })}\n`);
  };
  return { info: write('info'), warn: write('warn') };
}
