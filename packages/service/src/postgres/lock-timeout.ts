/** Whether a lock was not to be had within `lock_timeout`: SQLSTATE 55P03, lock_not_available. Drizzle wraps what its driver throws. */
export function isLockTimeout(error: unknown): boolean {
  return error instanceof Error && (error.cause as { readonly code?: unknown } | undefined)?.code === '55P03';
}
