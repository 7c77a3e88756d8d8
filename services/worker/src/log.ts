import { LOG_LEVELS, type LogLevel } from '@countersign/service/process';

export interface Log {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
}

/** JSON lines with UTC times on standard output, as the other services write them. */
export function createLog(level: LogLevel): Log {
  const write = (of: 'info' | 'warn') => (fields: object, message: string) => {
    if (LOG_LEVELS.indexOf(of) < LOG_LEVELS.indexOf(level)) return;
    process.stdout.write(`${JSON.stringify({ level: of, time: new Date().toISOString(), ...fields, msg: message })}\n`);
  };
  return { info: write('info'), warn: write('warn') };
}
