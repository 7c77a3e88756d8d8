import { access, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Secrets } from './secrets.ts';

export interface SignIn {
  readonly username: string;
  readonly password: string;
}

export interface FirstUsers {
  readonly demo: SignIn;
  readonly admin: SignIn;
}

type Passwords = Pick<Secrets, 'demoPassword' | 'adminPassword'>;

/** Creates `demo` at the first start of the stack in `dataDir` only: deleted later, it doesn't come back. Auth itself creates `admin`. */
export async function makeFirstUsers(auth: string, dataDir: string, { demoPassword, adminPassword }: Passwords): Promise<FirstUsers> {
  const users: FirstUsers = { demo: { username: 'demo', password: demoPassword }, admin: { username: 'admin', password: adminPassword } };
  const done = join(dataDir, 'users-made');
  if (await exists(done)) return users;
  await makeMember(auth, users);
  await writeFile(done, '', { mode: 0o600 });
  return users;
}

/**
 * 409: an interrupted start has created it already. 401 or 403: the first `admin` no longer administers, so the stack isn't new, and there
 * is nothing to retry.
 */
async function makeMember(auth: string, { demo, admin }: FirstUsers): Promise<void> {
  const registered = await post(`${auth}/register`, demo);
  const made = registered.status === 403 ? await makeByAdmin(auth, demo, admin) : registered;
  if (made.status === 401 || made.status === 403) return console.warn(NOT_MADE);
  if (made.status !== 201 && made.status !== 409)
    throw new Error(`The user demo could not be created: ${made.status} ${await made.text()}`);
}

const NOT_MADE =
  'The user demo was not created: registration is closed, and the user admin, with the password of the first start, may not create users. ' +
  'An administrator can create it: countersign users create demo.';

async function makeByAdmin(auth: string, user: SignIn, admin: SignIn): Promise<Response> {
  const login = await post(`${auth}/login`, admin);
  if (login.status !== 200) return login;
  const { access_token } = (await login.json()) as { access_token: string };
  const made = await post(`${auth}/admin/users`, { ...user, roles: ['member'] }, { authorization: `Bearer ${access_token}` });
  await post(`${auth}/logout`, {}, { authorization: `Bearer ${access_token}` });
  return made;
}

function post(url: string, body: object, headers: Record<string, string> = {}): Promise<Response> {
  return fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
    signal: AbortSignal.timeout(10_000),
  });
}

async function exists(path: string): Promise<boolean> {
  try {
    await access(path);
    return true;
  } catch {
    return false;
  }
}
