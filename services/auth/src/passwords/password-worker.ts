import { setPriority } from 'node:os';
import { parentPort } from 'node:worker_threads';
import { hashPassword, verifyPassword } from './password-formats.ts';

export type PasswordJob =
  | { readonly kind: 'hash'; readonly password: string }
  | { readonly kind: 'verify'; readonly password: string; readonly hash: string | null };

// On Linux each thread has its own priority, and 0 is the calling thread: even when a storm of logins takes all cores, the main thread
// answers everybody else first. Elsewhere 0 is the whole process, which must not be slowed.
const YIELDING = 10;
if (process.platform === 'linux') setPriority(0, YIELDING);

parentPort?.on('message', (job: PasswordJob) => {
  try {
    const result = job.kind === 'hash' ? hashPassword(job.password) : verifyPassword(job.password, job.hash);
    parentPort?.postMessage({ result });
  } catch (error) {
    parentPort?.postMessage({ error });
  }
});
