import type { Environment } from '../service-environment.ts';

/** What the main thread says to a service's thread. */
export type Order = { readonly kind: 'start'; readonly env: Environment } | { readonly kind: 'stop' };

/** What a service's thread says back. */
export type Report =
  | { readonly kind: 'listening'; readonly port: number }
  | { readonly kind: 'failed'; readonly message: string; readonly code: string | undefined }
  | { readonly kind: 'stopped' };
