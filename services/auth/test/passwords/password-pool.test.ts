import { once } from 'node:events';
import { readdir, readFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { startProcess, until } from '@countersign/testing';
import t, { type Test } from 'tap';
import { PasswordPool } from '../../src/passwords/password-pool.ts';
import type { PasswordJob } from '../../src/passwords/password-worker.ts';

// On a busy machine the jobs of these tests wait longer than callers would.
const pool = new PasswordPool({ longestWaitMs: 60_000 });
t.teardown(() => pool.close());

const never = () => false;

function settle(job: Promise<unknown>): Promise<string> {
  return job.then(
    () => 'done',
    (error: { code: string }) => error.code,
  );
}

/** What threads were given from now on, in that order: a thread that the machine holds up ends its job later than others. */
function jobsFrom(t: Test): () => PasswordJob[] {
  const posted = t.capture(Worker.prototype, 'postMessage', Worker.prototype.postMessage);
  return () => posted().map(({ args: [job] }) => job as PasswordJob);
}

/** A process of its own that runs the script, which knows the pool. */
function startScript(t: Test, script: string) {
  const source = new URL('../../src/passwords/password-pool.ts', import.meta.url);
  const folder = t.testdir({ 'script.mjs': `import { PasswordPool } from '${source}';\n${script}` });
  return startProcess(t, join(folder, 'script.mjs'));
}

/** The threads that start from now on. */
function threadsFrom(t: Test): Worker[] {
  const threads: Worker[] = [];
  const note = (thread: Worker) => threads.push(thread);
  process.on('worker', note);
  t.teardown(() => process.off('worker', note));
  return threads;
}

t.test('hashes and verifies off the main thread, which stays free meanwhile', async (t) => {
  const startedMs = performance.now();
  let turns = 0;
  const timer = setInterval(() => {
    turns += 1;
  }, 1);
  const hashes = await Promise.all(Array.from({ length: 8 }, (_, i) => pool.hash(`password ${i}`)));
  clearInterval(timer);
  const tookMs = performance.now() - startedMs;
  t.equal(new Set(hashes).size, 8);
  t.ok(turns > Math.min(tookMs / 20, 16), `${turns} turns of the event loop in ${Math.round(tookMs)} ms`);
  t.match(await pool.verify('password 3', hashes[3] ?? ''), { matches: true, outdated: false });
  t.match(await pool.verify('password 4', hashes[3] ?? ''), { matches: false });
});

t.test('ASVS 6.3.8: a user who does not exist costs the same work, and nothing matches', async (t) => {
  t.strictSame(await pool.verify('whatever', null), { matches: false, outdated: false });
  const hash = await pool.hash('x');
  const times = { known: [] as number[], unknown: [] as number[] };
  for (let i = 0; i < 15; i++) {
    for (const [kind, stored] of [
      ['known', hash],
      ['unknown', null],
    ] as const) {
      const startedMs = performance.now();
      await pool.verify('wrong', stored);
      times[kind].push(performance.now() - startedMs);
    }
  }
  const ratio = Math.min(...times.unknown) / Math.min(...times.known);
  t.ok(ratio > 0.5 && ratio < 2, `unknown to known: ${ratio.toFixed(2)}`);
  const fresh = new PasswordPool();
  t.teardown(() => fresh.close());
  const jobs = jobsFrom(t);
  await fresh.verify('wrong', null);
  t.match(jobs(), [{ kind: 'verify', password: 'wrong' }], 'the first one after a start, too');
});

t.test('ASVS 15.2.2: when too many wait, the next one is told to come again, and those who wait are served', async (t) => {
  const patient = new PasswordPool({ longestWaitMs: 60_000 });
  t.teardown(() => patient.close());
  const waiting = 40 * availableParallelism() + availableParallelism();
  const jobs = Array.from({ length: waiting + 5 }, () => patient.verify('x', null).catch((error: { code: string }) => error.code));
  const results = await Promise.all(jobs);
  t.ok(results.filter((result) => result === 'unavailable').length >= 4);
  t.ok(results.filter((result) => typeof result === 'object').length >= waiting - 2);
});

t.test('many passwords from one network hold up nobody from another', async (t) => {
  const crowded = new PasswordPool({ longestWaitMs: 60_000 });
  t.teardown(() => crowded.close());
  const jobs = jobsFrom(t);
  const done: string[] = [];
  const hash = (from: string) =>
    settle(crowded.hash(from, { ip: from, isGivenUp: never })).then((result) => void done.push(`${from} ${result}`));
  // All addresses of one /64 are one network; some of its passwords more than there is room for.
  const crowd = Array.from({ length: 42 * availableParallelism() }, (_, i) => hash(`2001:db8::${i}`));
  await Promise.all([...crowd, hash('192.0.2.1'), hash('192.0.2.1'), hash('2001:db8:0:1::1')]);
  // Each thread has one of the crowd's; then the three lines take turns, and then the two that are left.
  const others = ['192.0.2.1', '2001:db8:0:1::1', '192.0.2.1'];
  t.strictSame(
    jobs()
      .map(({ password }) => password)
      .slice(availableParallelism(), availableParallelism() + 5)
      .filter((password) => !password.startsWith('2001:db8::')),
    others,
  );
  t.strictSame(new Set(done.filter((result) => !result.startsWith('2001:db8::'))), new Set(['192.0.2.1 done', '2001:db8:0:1::1 done']));
  t.ok(done.filter((result) => result.endsWith('unavailable')).length >= availableParallelism(), 'those that there was no room for');
});

t.test('a password that is checked waits in the line of its network, whether or not there is such a user', async (t) => {
  const crowded = new PasswordPool({ longestWaitMs: 60_000 });
  t.teardown(() => crowded.close());
  const hash = await crowded.hash('x');
  const jobs = jobsFrom(t);
  const crowd = Array.from({ length: 8 * availableParallelism() }, () => crowded.hash('crowd'));
  await Promise.all([
    ...crowd,
    crowded.verify('user', hash, { ip: '192.0.2.1', isGivenUp: never }),
    crowded.verify('nobody', null, { ip: '192.0.2.2', isGivenUp: never }),
  ]);
  const turns = jobs().slice(availableParallelism(), availableParallelism() + 3);
  t.strictSame(
    turns.map(({ password }) => password),
    ['crowd', 'user', 'nobody'],
  );
});

t.test('who has waited until nobody waits for the answer any more is refused, and holds up nobody who comes later', async (t) => {
  const impatient = new PasswordPool({ longestWaitMs: 20 });
  t.teardown(() => impatient.close());
  const slow = `pbkdf2:sha256:2000000$salt$${'0'.repeat(64)}`;
  const busy = Array.from({ length: availableParallelism() }, () => settle(impatient.verify('x', slow)));
  const early = Array.from({ length: 10 }, () => settle(impatient.hash('x')));
  t.strictSame(new Set(await Promise.all(busy)), new Set(['done']));
  const late = settle(impatient.hash('x'));
  t.strictSame(new Set(await Promise.all(early)), new Set(['unavailable']));
  t.equal(await late, 'done');
});

t.test('a call that is given up meanwhile is not hashed for, and gets no result that something could come of', async (t) => {
  const pool = new PasswordPool();
  t.teardown(() => pool.close());
  const jobs = jobsFrom(t);
  let wasAnswered = false;
  const caller = { ip: '192.0.2.1', isGivenUp: () => wasAnswered };
  const [begun, waiting] = [availableParallelism(), 10];
  const givenUp = Array.from({ length: begun + waiting }, () => settle(pool.hash('x', caller)));
  const patient = settle(pool.hash('x', { ip: '192.0.2.1', isGivenUp: never }));
  wasAnswered = true;
  t.strictSame(new Set(await Promise.all(givenUp)), new Set(['unavailable']));
  t.equal(await patient, 'done');
  t.equal(jobs().length, begun + 1);
});

t.test('those who have waited too long make room for one who comes', async (t) => {
  const full = new PasswordPool();
  t.teardown(() => full.close());
  let nowMs = 0;
  t.intercept(performance, 'now', { value: () => nowMs });
  const busy = Array.from({ length: availableParallelism() }, () => settle(full.hash('x')));
  const early = Array.from({ length: 40 * availableParallelism() }, () => settle(full.hash('x')));
  t.equal(await settle(full.hash('x')), 'unavailable');
  nowMs = 3001;
  t.equal(await settle(full.hash('x')), 'done');
  t.strictSame(new Set(await Promise.all(early)), new Set(['unavailable']));
  t.strictSame(new Set(await Promise.all(busy)), new Set(['done']));
});

t.test('a thread serves one after another, is replaced when it ends meanwhile, and ends with the pool', async (t) => {
  const threads = threadsFrom(t);
  const fresh = new PasswordPool();
  t.teardown(() => fresh.close());
  for (let i = 0; i < 3; i += 1) await fresh.hash('x');
  t.equal(threads.length, 1);
  await threads[0]?.terminate();
  t.match(await fresh.hash('x'), /^\$argon2id/);
  t.equal(threads.length, 2);
  await fresh.close();
  t.equal(threads[1]?.threadId, -1);
});

t.test('the threads yield to the main thread, on Linux', async (t) => {
  if (process.platform !== 'linux') return;
  const niceness = async () => {
    const tasks = await readdir('/proc/self/task');
    // The 19th field of a line whose second is a name in brackets, in which anything may be.
    const stats = await Promise.all(tasks.map((task) => readFile(`/proc/self/task/${task}/stat`, 'utf8').catch(() => '')));
    return new Map(tasks.map((task, index) => [task, Number(stats[index]?.split(') ')[1]?.split(' ')[16])]));
  };
  const before = await niceness();
  const fresh = new PasswordPool();
  t.teardown(() => fresh.close());
  await fresh.hash('x');
  const after = await niceness();
  t.strictSame(
    [...after].filter(([task]) => !before.has(task)).map(([, nice]) => nice),
    [10],
  );
  t.equal(after.get(String(process.pid)), before.get(String(process.pid)));
});

t.test('a thread that fails loses the one password that it was at', async (t) => {
  const fresh = new PasswordPool();
  t.teardown(() => fresh.close());
  const started = once(process, 'worker');
  const job = settle(fresh.verify('x', null));
  const [thread] = (await started) as [Worker];
  t.teardown(() => thread.terminate());
  thread.emit('error', new Error('out of memory'));
  t.equal(await job, 'unavailable');
  t.strictSame(await fresh.verify('x', null), { matches: false, outdated: false });
});

t.test('a thread that ends at its work leaves the idle ones', async (t) => {
  const threads = threadsFrom(t);
  const fresh = new PasswordPool();
  t.teardown(() => fresh.close());
  const slow = settle(fresh.verify('x', `pbkdf2:sha256:2000000$salt$${'0'.repeat(64)}`));
  await fresh.hash('x');
  await threads[0]?.terminate();
  await slow;
  await fresh.hash('x');
  t.equal(threads.length, 2);
});

t.test('a process with nothing else to do waits for its passwords and ends', async (t) => {
  const child = await startScript(t, `console.log(await new PasswordPool().hash('x'));`);
  t.strictSame(await child.exit, { code: 0, signal: null }, child.stderr());
  t.match(child.stdout(), /^\$argon2id/);
});

t.test('threads that end are replaced, also when nobody comes any more', async (t) => {
  const threads = threadsFrom(t);
  const fresh = new PasswordPool();
  t.teardown(() => fresh.close());
  const jobs = Array.from({ length: 3 * availableParallelism() }, () => fresh.hash('x').catch((error: { code: string }) => error.code));
  const count = availableParallelism();
  await until(() => threads.length === count, { everyMs: 0 });
  await Promise.all(threads.map((thread) => thread.terminate()));
  const results = await Promise.all(jobs);
  t.equal(results.filter((result) => result === 'unavailable').length, count, 'what they were at is to be tried again');
  t.equal(results.filter((result) => result.startsWith('$argon2id')).length, 2 * count, 'who waited is served');
});

t.test('a pool that closes refuses those who wait and who come later', async (t) => {
  const closing = new PasswordPool();
  const jobs = Array.from({ length: 2 * availableParallelism() }, () => closing.hash('x'));
  const settled = Promise.allSettled(jobs);
  await closing.close();
  t.ok((await settled).every(({ status }) => status === 'rejected'));
  await t.rejects(closing.hash('x'), { code: 'unavailable' });
});

t.test('a pool that closes while a thread ends its password is closed before its process ends', async (t) => {
  const script = `
    import { once } from 'node:events';
    const pool = new PasswordPool();
    const job = pool.hash('x').catch(({ code }) => code);
    const [thread] = await once(process, 'worker');
    const closed = pool.close();
    thread.emit('message', { result: 'hashed meanwhile' });
    await closed;
    console.log(await job);`;
  const child = await startScript(t, script);
  t.strictSame(await child.exit, { code: 0, signal: null }, child.stderr());
  t.equal(child.stdout(), 'unavailable\n');
});

t.test('a hash that nobody can read is an error, and the thread goes on', async (t) => {
  await t.rejects(pool.verify('x', 'nonsense'), /unknown form/);
  t.match(await pool.hash('x'), /^\$argon2id/);
});
