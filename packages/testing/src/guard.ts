import { type ChildProcess, spawn } from 'node:child_process';

/**
 * Ends a process when this one has ended, even by kill -9: a shell reads from a pipe, which then closes.
 *
 * @param folder - removed as well
 * @returns releases the process; call it when that has ended
 */
export function guard(pid: number, folder = ''): () => void {
  // CONT wakes a paused process. QUIT makes Postgres end its children at once.
  const script = 'read -r _; kill -CONT "$1"; kill -QUIT "$1"; sleep 1; kill -KILL "$1"; [ -z "$2" ] || rm -rf "$2"';
  const shell = spawn('/bin/sh', ['-c', script, 'guard', String(pid), folder], { stdio: ['pipe', 'ignore', 'ignore'], detached: true });
  shell.on('error', () => {});
  detach(shell);
  return () => void shell.kill('SIGKILL');
}

/** Keeps a child and its pipes from holding this process open. */
export function detach(child: ChildProcess): void {
  child.unref();
  for (const stream of child.stdio) (stream as { unref?: () => void } | null)?.unref?.();
}
