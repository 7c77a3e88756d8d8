import { settings as auth } from '@countersign/auth/config';
import { settings as books } from '@countersign/books/config';
import { settings as worker } from '@countersign/worker/config';

/** The settings of each service, by its name in docker-compose.yml. */
export const SETTINGS = { auth, books, worker } as const;
