import { type ChildProcess, spawn } from 'node:child_process';

/**
 * Ends a process when this one is gone, however that ended, including kill -9: a shell reads from a pipe that closes then.
 *
 * @param folder - removed then, too
 * @returns what lets the process go; call it when it has ended
 */
export function guard(pid: number, folder = ''): () => void {
  // CONT for a paused one. QUIT makes Postgres end its children at once.
  const script = 'read -r _; kill -CONT "$1"; kill -QUIT "$1"; sleep 1; kill -KILL "$1"; [ -z "$2" ] || rm -rf "$2"';
  const shell = spawn('/bin/sh', ['-c', script, 'guard', String(pid), folder], { stdio: ['pipe', 'ignore', 'ignore'], detached: true });
  shell.on('error', () => {});
  detach(shell);
  return () => void shell.kill('SIGKILL');
}

/** A child and its pipes don't keep this process alive. */
export function detach(child: ChildProcess): void {
  child.unref();
  for (const stream of child.stdio) (stream as { unref?: () => void } | null)?.unref?.();
}
