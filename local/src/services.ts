/**
 * The services of the stack, in the order of their start: the others fetch auth's keys. Each has a file in `threads/`, and its port in
 * `config.ts`.
 */
export const SERVICES = ['auth', 'books'] as const;

export type ServiceName = (typeof SERVICES)[number];
