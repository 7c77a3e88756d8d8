import { StartError } from '@countersign/problems';
import { innermostMessage, loggableError } from './log.ts';
import { ConfigError } from './settings/config.ts';
import { isUnavailable } from './unavailable.ts';

export interface Running {
  /** Stops accepting, finishes what is running, closes. */
  close(): Promise<unknown>;
}

/** Below the 10 s after which orchestrators kill. */
const STOP_LIMIT_MS = 9500;
const SIGNALS = ['SIGTERM', 'SIGINT'] as const;
/** A signal to a whole process group arrives twice: directly, and forwarded by the parent. */
const SAME_SIGNAL_MS = 1000;

/**
 * Runs a service as a process. A fault at start is a message on stderr and exit code 1. SIGTERM and SIGINT close the service and exit with
 * 0, or with 1 when that takes more than 9.5 s or another signal comes later. An uncaught error ends the process with 1, because its state
 * is no longer known.
 */
export async function runProcess(start: () => Promise<Running>): Promise<void> {
  process.on('uncaughtException', (error) => exitWith('uncaught exception', error));
  process.on('unhandledRejection', (reason) => exitWith('unhandled rejection', reason));
  let running: Running | null = null;
  let stoppingSinceMs: number | null = null;
  for (const signal of SIGNALS) {
    process.on(signal, () => {
      if (stoppingSinceMs !== null) {
        if (performance.now() - stoppingSinceMs > SAME_SIGNAL_MS) process.exit(1);
        return;
      }
      stoppingSinceMs = performance.now();
      // Until the start is over, nothing has been accepted that must be finished.
      if (running === null) process.exit(0);
      void stop(running);
    });
  }
  try {
    running = await start();
  } catch (error) {
    process.stderr.write(`${describeStartFault(error)}\n`);
    process.exit(1);
  }
}

async function stop(running: Running): Promise<void> {
  setTimeout(() => exitWith('stop', new Error(`Not everything could be closed within ${STOP_LIMIT_MS} ms.`)), STOP_LIMIT_MS);
  try {
    await running.close();
  } catch (error) {
    exitWith('stop', error);
  }
  process.exit(0);
}

/** A sentence where the operator can do something, otherwise what a developer needs. */
export function describeStartFault(error: unknown): string {
  if (error instanceof ConfigError) return error.message;
  if (error instanceof StartError)
    return error.cause instanceof Error ? `${error.message} (${loggableError(error.cause).message})` : error.message;
  if (isPortFault(error, 'EADDRINUSE'))
    return `Port ${error.port} on ${error.address} is taken: another process listens there. Set PORT to another one.`;
  if (isPortFault(error, 'EACCES'))
    return `Port ${error.port} on ${error.address} may not be used by this user. Set PORT to one above 1023.`;
  if (isPortFault(error, 'EADDRNOTAVAIL'))
    return `This machine has no address ${error.address}. Set HOST to one that it has, e.g. 127.0.0.1 or 0.0.0.0.`;
  if (isUnavailable(error))
    return `A server that this service needs became unavailable while it started: ${innermostMessage(error)}. Start it again.`;
  return describe('start', error);
}

interface PortFault {
  readonly address: string;
  readonly port: number;
}

function isPortFault(error: unknown, code: string): error is PortFault {
  return error instanceof Error && 'code' in error && error.code === code && 'port' in error;
}

function exitWith(what: string, error: unknown): never {
  process.stderr.write(`${describe(what, error)}\n`);
  process.exit(1);
}

/** Formats a line like those of the log, which may not exist yet. */
function describe(what: string, error: unknown): string {
  return JSON.stringify({ level: 'fatal', time: new Date().toISOString(), err: loggableError(error), msg: what });
}
