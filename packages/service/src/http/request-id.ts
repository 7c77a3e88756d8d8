import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

const SAFE_ID = /^[A-Za-z0-9._-]{1,64}$/;
/**
 * W3C Trace Context, sections 3.2.2 and 3.2.4: no version `ff`, no id of zeros; what later versions append to the four fields is ignored.
 */
const TRACEPARENT = /^(?!ff)(?!00.{54})[0-9a-f]{2}-((?!0{32})[0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}(?:-.*)?$/;

/** The caller's `X-Request-Id`, else the trace id of its `traceparent` (W3C Trace Context), else a new id. */
export function createRequestId(request: Pick<IncomingMessage, 'headers'>): string {
  const { 'x-request-id': requestId, traceparent } = request.headers;
  if (typeof requestId === 'string' && SAFE_ID.test(requestId)) return requestId;
  return (typeof traceparent === 'string' ? TRACEPARENT.exec(traceparent)?.[1] : undefined) ?? randomUUID();
}
