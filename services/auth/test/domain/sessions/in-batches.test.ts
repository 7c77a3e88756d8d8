import t from 'tap';
import { batchesOf, inBatches } from '../../../src/domain/sessions/in-batches.ts';

const IDS = Array.from({ length: 4500 }, (_, index) => String(index).padStart(4, '0'));

const find = async (after: string, limit: number) => IDS.filter((id) => id > after).slice(0, limit);
const turn = () => new Promise((resolve) => setImmediate(resolve));

t.test('each session is worked on once, in its order and in batches that hold by themselves', async (t) => {
  const batches: (readonly string[])[] = [];
  let isBusy = false;
  await inBatches({ feed: { flush: async () => true } }, batchesOf(find), async (ids) => {
    t.notOk(isBusy);
    isBusy = true;
    await turn();
    isBusy = false;
    batches.push(ids);
  });
  t.strictSame(batches.flat(), IDS);
  t.strictSame(
    batches.map(({ length }) => length),
    [2000, 2000, 500],
  );
});

t.test('what a batch revokes is sent while the next is worked on, which is at most one ahead, and all is sent at the end', async (t) => {
  const sending: ((isPublished: boolean) => void)[] = [];
  const told: string[] = [];
  const flush = () => {
    told.push('sending');
    return new Promise<boolean>((resolve) => sending.push(resolve));
  };
  let isDone = false;
  const done = inBatches({ feed: { flush } }, batchesOf(find), async () => void told.push('worked')).then(() => {
    isDone = true;
  });
  await turn();
  t.strictSame(told, ['worked', 'sending', 'worked']);
  sending[0]?.(true);
  await turn();
  t.strictSame(told, ['worked', 'sending', 'worked', 'sending', 'worked']);
  sending[1]?.(true);
  await turn();
  t.strictSame(told, ['worked', 'sending', 'worked', 'sending', 'worked', 'sending']);
  t.notOk(isDone);
  sending[2]?.(true);
  await done;
});

t.test('nothing is sent where there is no session', async (t) => {
  const told: string[] = [];
  const flush = async () => told.push('sending') > 0;
  await inBatches(
    { feed: { flush } },
    batchesOf(async () => []),
    async () => void told.push('worked'),
  );
  t.strictSame(told, []);
});
