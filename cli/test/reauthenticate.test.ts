import { needsReal } from '@countersign/testing';
import t, { type Test } from 'tap';
import { ADMIN, startAuthProcess } from './auth-process.ts';
import { linesOf } from './stack.ts';

t.setTimeout(280_000);

const OTHER = { COUNTERSIGN_USERNAME: 'other', COUNTERSIGN_PASSWORD: 'another long password' };

/** An auth service, and a question that is answered when the proof of the password is too old. */
async function start(t: Test) {
  const { cli, db } = await startAuthProcess(t);
  await cli('users create other --roles admin --password-file -', { input: OTHER.COUNTERSIGN_PASSWORD });
  await cli('users create victim --password-file -', { input: OTHER.COUNTERSIGN_PASSWORD });
  const answerLate = async () => {
    await db.execute(`update sessions set auth_time = now() - interval '6 minutes' where ended_at is null`);
    // The proof's time is in the token: this ends the current one, and the next has the new time.
    const { code } = await cli(`users set-roles ${ADMIN.username} admin member`, { env: OTHER });
    t.equal(code, 0);
    return 'y\n';
  };
  const events = async (event: string) => linesOf((await cli(`audit list --event ${event} --json`)).stdout).length;
  const isThere = async () => (await cli('users show victim')).code === 0;
  return { cli, db, answerLate, events, isThere };
}

t.test('a command whose question waited for six minutes proves the password again, without asking for it again', async (t) => {
  if (!needsReal(t, 'faults')) return;
  const { cli, answerLate, events, isThere } = await start(t);
  const typed = [`${ADMIN.password}\n`, answerLate];
  const { code, stdout, stderr } = await cli('users delete victim', { typed, env: { COUNTERSIGN_PASSWORD: '' } });
  t.match({ code, stdout }, { code: 0, stdout: /^User victim .* is deleted\.\n$/ });
  t.equal(stderr.match(/Password of/g)?.length, 1);
  t.equal(await events('reauthenticated'), 1);
  t.notOk(await isThere());
  t.equal(await events('user_deleted'), 1);
});

t.test('where the password is no longer right it is told, nothing is done, and the session ends', async (t) => {
  if (!needsReal(t, 'faults')) return;
  const { cli, db, answerLate, events, isThere } = await start(t);
  const swapPasswords = () =>
    db.execute(`update users set password_hash = other.password_hash from users as other where users.username <> other.username
      and '{chief,other}' @> array[users.username, other.username]`);
  const answerAfterChange = async () => {
    const answer = await answerLate();
    await swapPasswords();
    return answer;
  };
  t.match(await cli('users delete victim', { typed: [answerAfterChange] }), {
    code: 1,
    stdout: /^$/,
    stderr: /countersign: chief can't confirm the password again at http:\S+: The password is incorrect\. \(request [^)]+\)\n$/,
  });
  await swapPasswords();
  t.equal(linesOf((await cli('sessions list --json')).stdout).length, 1, 'the one that asks');
  t.ok(await isThere());
  t.equal(await events('password_proof_failed'), 1);
});
