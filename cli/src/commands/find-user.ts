import { Type } from 'typebox';
import type { Api } from '../api.ts';
import { Refusal } from '../failures.ts';
import { path } from '../path.ts';

export const User = Type.Object({ id: Type.String(), username: Type.String() });
export type User = Type.Static<typeof User>;

/** The form of a user's id; a username may have it, too. */
const ID = /^[0-9A-Za-z]{22}$/;
const USERNAME = /^[A-Za-z0-9._@-]{3,64}$/;

/**
 * The user with this id or username. The id takes precedence: nobody can choose theirs, so nobody can take a name that makes a command for
 * someone else hit the wrong user.
 *
 * @throws Refusal when there is none
 */
export async function getUser(api: Api, text: string): Promise<User> {
  const user = await findUser(api, text);
  if (user === null) throw new Refusal(`There is no user with the id or username ${JSON.stringify(text)}.`);
  return user;
}

export async function findUser(api: Api, text: string): Promise<User | null> {
  const byId = ID.test(text) ? await api.find(path`/admin/users/${text}`, User) : null;
  if (byId !== null) return byId;
  if (!USERNAME.test(text)) return null;
  for await (const [user] of api.list(`/admin/users?${new URLSearchParams({ username: text })}`, User, 1)) return user ?? null;
  return null;
}
