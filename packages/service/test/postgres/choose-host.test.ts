import t from 'tap';
import { hostChooser } from '../../src/postgres/choose-host.ts';

const HOSTS = ['a', 'b', 'c'] as const;

/** Hosts of which some take writes, and which were asked. */
function chooserOf(...writable: string[]) {
  const asked: string[] = [];
  const choose = hostChooser(HOSTS, async (host) => {
    asked.push(host);
    return writable.includes(host);
  });
  return { choose, asked, setWritable: (...hosts: string[]) => void writable.splice(0, writable.length, ...hosts) };
}

t.test('the first that takes writes is chosen, and asked first from then on, also when another one takes them as well', async (t) => {
  const { choose, asked, setWritable } = chooserOf('b', 'c');
  t.equal(await choose(), 'b');
  setWritable('a', 'b', 'c');
  t.equal(await choose(), 'b');
  t.strictSame(asked, ['a', 'b', 'b']);
});

t.test('one that takes writes no longer is left for the next one, and at the end of the list comes its beginning', async (t) => {
  const { choose, setWritable } = chooserOf('c');
  t.equal(await choose(), 'c');
  setWritable('b');
  t.equal(await choose(), 'b');
});

t.test('where none takes writes, it stays at the one before', async (t) => {
  const { choose, asked, setWritable } = chooserOf('b');
  t.equal(await choose(), 'b');
  setWritable();
  t.equal(await choose(), 'b');
  t.strictSame(asked.slice(2), ['b', 'c', 'a']);
});

t.test('all that connect at the same time share one choice', async (t) => {
  const { choose, asked } = chooserOf('b');
  t.strictSame(await Promise.all([choose(), choose(), choose()]), ['b', 'b', 'b']);
  t.strictSame(asked, ['a', 'b']);
});
