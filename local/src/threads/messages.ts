import type { Environment } from '../service-environment.ts';

export type Order = { readonly kind: 'start'; readonly env: Environment } | { readonly kind: 'stop' };

export type Report =
  | { readonly kind: 'listening'; readonly port: number }
  | { readonly kind: 'failed'; readonly message: string; readonly code: string | undefined }
  | { readonly kind: 'stopped' };
