import type { Environment } from '../service-environment.ts';

/** A message from the main thread to a service's thread. */
export type Order = { readonly kind: 'start'; readonly env: Environment } | { readonly kind: 'stop' };

/** A message back from a service's thread. */
export type Report =
  | { readonly kind: 'listening'; readonly port: number }
  | { readonly kind: 'failed'; readonly message: string; readonly code: string | undefined }
  | { readonly kind: 'stopped' };
