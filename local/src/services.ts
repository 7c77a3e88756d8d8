import { settings as auth } from '@countersign/auth/config';
import { settings as books } from '@countersign/books/config';
import { settings as worker } from '@countersign/worker/config';

/**
 * The services behind the gateway, with their settings, in the order of their start: the others fetch auth's keys. Each has a file in
 * `threads/`, and its port in `config.ts`.
 */
const SERVING = { auth, books };

export type ServiceName = keyof typeof SERVING;

export const SERVICES = Object.keys(SERVING) as readonly ServiceName[];

/** The settings of all that both stacks run, by its name in docker-compose.yml. */
export const SETTINGS = { ...SERVING, worker };
