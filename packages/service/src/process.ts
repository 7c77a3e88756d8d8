export interface Running {
  /** Stops accepting, finishes what runs, closes. */
  close(): Promise<void>;
}

/** Runs a service as a process: a fault at start is one message and exit code 1; SIGTERM and SIGINT end it with 0 within 10 s. */
export async function runProcess(start: () => Promise<Running>): Promise<void> {
  const running = await start();
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => void running.close().then(() => process.exit(0)));
}
