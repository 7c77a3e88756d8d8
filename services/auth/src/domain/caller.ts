/** Where a call came from, for the audit log and the list of sessions. */
export interface Caller {
  readonly ip: string;
  readonly userAgent: string | null;
  readonly requestId: string;
}
