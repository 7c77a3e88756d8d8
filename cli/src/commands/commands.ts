import type { Command } from '../command.ts';
import { AUDIT } from './audit.ts';
import { CLIENTS } from './clients.ts';
import { KEYS } from './keys.ts';
import { ROLES } from './roles.ts';
import { SESSIONS } from './sessions.ts';
import { USERS } from './users.ts';

export const COMMANDS: readonly Command[] = [...USERS, ...ROLES, ...SESSIONS, ...CLIENTS, ...KEYS, ...AUDIT];
