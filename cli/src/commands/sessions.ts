import { Type } from 'typebox';
import { MANY_SESSIONS_TIMEOUT_MS } from '../api.ts';
import { type Command, command } from '../command.ts';
import { LIMIT, parseLimit } from '../input/limit.ts';
import { path } from '../path.ts';
import { getUser } from './find-user.ts';

const Session = Type.Object({ id: Type.String(), created_at: Type.String() });
/** The last column, since a browser's user agent is longer than all the rest. */
const COLUMNS = ['id', 'created_at', 'last_used_at', 'ip', 'current', 'user_agent'];

export const SESSIONS: readonly Command[] = [
  command({
    name: 'sessions list',
    summary: 'Where a user is signed in.',
    options: { user: { value: 'USER', describe: 'Whose sessions; your own when left out.' }, limit: LIMIT },
    async run({ options: { user, limit } }, { api, output }) {
      const url = user === undefined ? '/sessions' : path`/admin/users/${(await getUser(api, user)).id}/sessions`;
      await output.rows(COLUMNS, api.list(url, Session, parseLimit(limit)));
    },
  }),
  command({
    name: 'sessions end',
    summary: 'Ends a session and its tokens.',
    arguments: [{ name: 'SESSION' }],
    options: { user: { value: 'USER', describe: 'Whose session; your own when left out.' } },
    async run({ arguments: [id = ''], options: { user } }, { api, output }) {
      await api.delete(user === undefined ? path`/sessions/${id}` : path`/admin/users/${(await getUser(api, user)).id}/sessions/${id}`);
      await output.done(`Session ${id} has ended.`, { id, ended: true });
    },
  }),
  command({
    name: 'sessions end-all',
    summary: 'Ends all sessions of a user or, without --user, of everyone. Asks first.',
    options: { user: { value: 'USER', describe: 'Whose sessions; everyone’s when left out.' } },
    asks: true,
    async run({ options: { user } }, { api, output, confirm }) {
      if (user === undefined) {
        await confirm('Everyone will be signed out, everywhere.');
        await api.delete('/admin/sessions', { timeoutMs: MANY_SESSIONS_TIMEOUT_MS });
        await output.done('All sessions of all users have ended.', { user: null, ended: true });
        return;
      }
      const { id, username } = await getUser(api, user);
      await confirm(`User ${username} (${id}) will be signed out everywhere.`);
      await api.delete(path`/admin/users/${id}/sessions`);
      await output.done(`All sessions of ${username} (${id}) have ended.`, { user: id, ended: true });
    },
  }),
];
