import { withCauses } from './causes.ts';

/** SQLSTATE classes and codes (Postgres, appendix A) that mean: not now, or not here. The same on PGlite. */
const SQLSTATE = /^(?:08...|28...|3D000|53...|57P0[1-5]|57014|55P03|40001|40P01|25006|25P03|58030)$/;

const CODES = new Set([
  // Node: the network
  ...['ECONNREFUSED', 'ECONNRESET', 'ECONNABORTED', 'EPIPE', 'ETIMEDOUT', 'EHOSTUNREACH', 'ENETUNREACH', 'ENOTFOUND', 'EAI_AGAIN'],
  // postgres.js
  ...['CONNECTION_CLOSED', 'CONNECTION_ENDED', 'CONNECTION_DESTROYED', 'CONNECT_TIMEOUT'],
]);

/** Postgres has refused or ended the connection, whatever the code; with other severities a code may concern one statement only. */
const ENDS_CONNECTION = new Set(['FATAL', 'PANIC']);

const NAMES = new Set(['DatabaseUnavailable', 'RedisUnavailable', 'MaxRetriesPerRequestError', 'ClusterAllFailedError', 'TimeoutError']);

/** ioredis and PGlite have no codes for these, and Redis puts its own in the first word of a message. */
const MESSAGES =
  /^(?:Command timed out|Socket timeout|Connection is closed|Stream isn't writeable|Cluster isn't ready|All sentinels are unreachable|PGlite is closed|(?:LOADING|READONLY|CLUSTERDOWN|MASTERDOWN|TRYAGAIN|OOM|BUSY|MISCONF|NOREPLICAS|NOAUTH|WRONGPASS|NOPERM)\b)/;

/** Whether an error or one of its causes says that something this service needs is down, paused, cut off or overloaded. */
export function isUnavailable(error: unknown): boolean {
  return faultsOf(error).some(({ code, severity, name, message }) => {
    if (typeof code === 'string' && (CODES.has(code) || SQLSTATE.test(code))) return true;
    return ENDS_CONNECTION.has(String(severity)) || NAMES.has(String(name)) || MESSAGES.test(String(message));
  });
}

/** Whether the server takes no writes now, as a standby: SQLSTATE 25006, read_only_sql_transaction. */
export function isReadOnly(error: unknown): boolean {
  return faultsOf(error).some(({ code }) => code === '25006');
}

/** Whether the database's user lacks a right: SQLSTATE 42501, insufficient_privilege. */
export function isDenied(error: unknown): boolean {
  return faultsOf(error).some(({ code }) => code === '42501');
}

/** Whether a lock could not be had within `lock_timeout`: SQLSTATE 55P03, lock_not_available. */
export function isLockTimeout(error: unknown): boolean {
  return faultsOf(error).some(({ code }) => code === '55P03');
}

/** Whether a value doesn't fit its column (SQLSTATE class 22): NUL in a text, a number out of range. Schemas should say so first. */
export function isDataException(error: unknown): boolean {
  return faultsOf(error).some(({ code }) => typeof code === 'string' && /^22...$/.test(code));
}

interface Fault {
  readonly code?: unknown;
  /** Of a Postgres error, in English whatever its language. */
  readonly severity?: unknown;
  readonly name?: unknown;
  readonly message?: unknown;
}

function faultsOf(error: unknown): readonly Fault[] {
  return withCauses(error) as readonly Fault[];
}
