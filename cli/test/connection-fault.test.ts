import t from 'tap';
import { isConnectionFault, unreachable } from '../src/connection-fault.ts';

const refused = new TypeError('fetch failed', { cause: Object.assign(new Error('connect'), { code: 'ECONNREFUSED' }) });
const late = new DOMException('The operation was aborted due to timeout', 'TimeoutError');

t.test('no answer is told from a fault of the command, which is a TypeError as well', (t) => {
  for (const fault of [refused, late, new DOMException('aborted', 'AbortError')]) t.ok(isConnectionFault(fault), fault.message);
  for (const fault of [new TypeError('x is not a function'), new Error('x', { cause: 'y' }), 'x', null]) t.notOk(isConnectionFault(fault));
  t.end();
});

t.test('what went wrong is told by the innermost cause, with a question only where nobody is there', (t) => {
  const at = 'http://localhost:8080';
  t.equal(
    unreachable(at, refused),
    `${at} can't be reached: ECONNREFUSED. Check that npm start is running, or that COUNTERSIGN_URL is right.`,
  );
  for (const code of ['ENOTFOUND', 'EAI_AGAIN', 'ECONNRESET']) {
    const told = unreachable(at, new TypeError('fetch failed', { cause: Object.assign(new Error('x'), { code }) }));
    t.equal(told.includes(`${code}. Check that npm start is running`), code !== 'ECONNRESET', told);
  }
  t.equal(unreachable(at, late), `${at} can't be reached: no answer in time.`);
  const broken = new TypeError('fetch failed', { cause: Object.assign(new Error('other side closed'), { code: 'UND_ERR_SOCKET' }) });
  t.equal(unreachable(at, broken), `${at} can't be reached: the connection broke off.`);
  t.end();
});
