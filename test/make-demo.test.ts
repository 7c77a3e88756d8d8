import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startProcess } from '@countersign/testing';
import t, { type Test } from 'tap';
import { call, withToken } from './call.ts';
import { logIn, newDataDir, type SignIn, startLocalStack } from './stack.ts';

t.setTimeout(280_000);

const MAKE_DEMO = fileURLToPath(new URL('../local/src/make-demo.ts', import.meta.url));

/** The container `demo` of the compose stack, which each `docker compose up` starts again; its folder is its volume. */
async function runMakeDemo(t: Test, folder: string, gateway: string, users: { readonly demo: SignIn; readonly admin: SignIn }) {
  const env: Record<string, string> = { GATEWAY_URL: gateway, DATA_DIR: folder };
  for (const { username, password } of Object.values(users)) {
    const file = join(newDataDir(t), username);
    writeFileSync(file, password);
    env[`${username.toUpperCase()}_PASSWORD_FILE`] = file;
  }
  const run = await startProcess(t, MAKE_DEMO, { env });
  return { ...(await run.exit), stderr: run.stderr() };
}

void t.test('where registration is closed', async (t) => {
  const { gateway, auth, users } = await startLocalStack(t, { REGISTRATION: 'closed' });
  const { access_token } = await logIn(gateway, users.admin);
  const findUsers = async () => {
    const answer = await fetch(`${auth}/admin/users`, withToken(access_token));
    return (await answer.json()) as { id: string; username: string }[];
  };
  const findDemo = async () => (await findUsers()).find(({ username }) => username === 'demo');
  const removeDemo = async () => {
    const { id } = (await findDemo()) ?? {};
    t.match(await call(`${auth}/admin/users/${id}`, withToken(access_token, 'DELETE')), { status: 204 });
  };
  await removeDemo(); // the one that npm start makes

  await t.test('the administrator makes demo, once: deleted later, it is not brought back by the next start', async (t) => {
    const folder = newDataDir(t);
    t.match(await runMakeDemo(t, folder, gateway, users), { code: 0 });
    t.match(await findDemo(), { username: 'demo' });
    const sessions = await fetch(`${auth}/sessions`, withToken(access_token));
    t.equal(((await sessions.json()) as unknown[]).length, 1, 'the one that asks: none of those that made demo is left');
    await removeDemo();
    t.match(await runMakeDemo(t, folder, gateway, users), { code: 0, stderr: /^$/ });
    t.equal(await findDemo(), undefined);
  });

  await t.test('an administrator with another password by now is no failure, of which there would be another try, but told', async (t) => {
    const folder = newDataDir(t);
    const countFailures = async () => {
      const answer = await fetch(`${auth}/admin/audit?event=login_failed`, withToken(access_token));
      return ((await answer.json()) as unknown[]).length;
    };
    const former = { ...users, admin: { ...users.admin, password: 'the password of the first day' } };
    t.match(await runMakeDemo(t, folder, gateway, former), {
      code: 0,
      stderr: /^The user demo was not created: .*countersign users create demo/,
    });
    t.equal(await countFailures(), 1);
    t.match(await runMakeDemo(t, folder, gateway, former), { code: 0, stderr: /^$/ });
    t.equal(await countFailures(), 1, 'nor does the next start try');
    t.equal(await findDemo(), undefined);
  });
});
