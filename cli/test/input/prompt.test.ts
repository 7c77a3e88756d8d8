import { once } from 'node:events';
import { type AddressInfo, connect, createServer } from 'node:net';
import { PassThrough } from 'node:stream';
import t from 'tap';
import { createConfirm } from '../../src/confirm.ts';
import { ask, askHidden } from '../../src/input/prompt.ts';
import type { Io } from '../../src/io.ts';

/** A terminal, which shows what is typed unless it is in raw mode. */
function openTerminal({ signal } = new AbortController()) {
  const [stdin, stdout, stderr] = [new PassThrough(), new PassThrough(), new PassThrough()];
  const state = { isRaw: false };
  const setRawMode = (isRaw: boolean) => void Object.assign(state, { isRaw });
  const io: Io = {
    env: {},
    stdin: Object.assign(stdin, { isTTY: true, setRawMode }),
    stdout,
    stderr,
    signal,
  };
  return { io, state, stdin, stderr };
}

t.test('a password is asked for only when the terminal has ceased to show what is typed', async (t) => {
  const { io, state, stdin, stderr } = openTerminal();
  const asked: [string, boolean][] = [];
  stderr.on('data', (text: Buffer) => asked.push([text.toString(), state.isRaw]));
  const password = askHidden(io, 'Password: ');
  stdin.write('secret\n');
  t.equal(await password, 'secret');
  t.strictSame(asked, [
    ['Password: ', true],
    ['\n', false],
  ]);
});

t.test('what is typed ahead answers the questions that follow', async (t) => {
  const { io, stdin } = openTerminal();
  stdin.write('ada\nsecret\nsec');
  t.equal(await ask(io, 'Name: '), 'ada');
  t.equal(await askHidden(io, 'Password: '), 'secret');
  const again = askHidden(io, 'Again: ');
  stdin.write('ret\n');
  t.equal(await again, 'secret');
});

t.test('a terminal that is gone is no answer, unless one came before', async (t) => {
  for (const typed of ['ada\n', '']) {
    const { io, stdin } = openTerminal();
    stdin.end(typed);
    const asking = ask(io, 'Name: ');
    if (typed !== '') t.equal(await asking, 'ada');
    else await t.rejects(asking, { name: 'Refusal', message: /^There was no answer/ });
  }
});

t.test('a terminal that goes in the middle of a line is no answer, and no fault either', async (t) => {
  // A socket, as a terminal's input is one, is not yet destroyed when it has just ended.
  const other = createServer((socket) => socket.end('ad'));
  t.teardown(() => other.close());
  await once(other.listen(0, '127.0.0.1'), 'listening');
  const stdin = connect((other.address() as AddressInfo).port, '127.0.0.1');
  const faults: Error[] = [];
  stdin.on('error', (fault) => faults.push(fault));
  const asking = ask({ ...openTerminal().io, stdin: Object.assign(stdin, { isTTY: true, setRawMode: () => {} }) }, 'Name: ');
  await t.rejects(asking, { name: 'Refusal', message: /^There was no answer/ });
  await once(stdin, 'close');
  t.strictSame(faults, []);
});

t.test('a question that gets no answer within five minutes, or before the command is to stop, has none', async (t) => {
  const limit = new AbortController();
  const limits = t.capture(AbortSignal, 'timeout', () => limit.signal);
  const unanswered = ask(openTerminal().io, 'Name: ');
  limit.abort();
  await t.rejects(unanswered, { name: 'Refusal', message: /^There was no answer/ });
  t.strictSame(
    limits().map(({ args }) => args),
    [[5 * 60_000]],
  );
  limits.restore();
  const stopping = new AbortController();
  const stopped = ask(openTerminal(stopping).io, 'Name: ');
  stopping.abort();
  await t.rejects(stopped, { name: 'Refusal', message: /^There was no answer/ });
});

t.test('a question shows the control characters of a name, and obeys none', async (t) => {
  for (const askFor of [ask, askHidden]) {
    const { io, stdin, stderr } = openTerminal();
    stdin.write('x\n');
    await askFor(io, 'Password of evil\u001b[2J: ');
    const shown = String(stderr.read());
    t.match(shown, 'Password of evil\\u001b[2J: ');
    t.notMatch(shown, '\u001b[2J');
  }
});

t.test('only a yes goes on: what can’t be undone is not done by pressing Enter', async (t) => {
  for (const answer of ['y', 'YES', ' yes ']) {
    const { io, stdin } = openTerminal();
    stdin.write(`${answer}\n`);
    await t.resolves(createConfirm(io, { yes: false })('All will go.'), answer);
  }
  for (const answer of ['', 'n', 'yesterday', 'no, yes']) {
    const { io, stdin } = openTerminal();
    stdin.write(`${answer}\n`);
    await t.rejects(createConfirm(io, { yes: false })('All will go.'), { message: 'Nothing was changed.' }, answer);
  }
});
