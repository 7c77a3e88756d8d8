import { startProcess } from '@countersign/testing';
import t from 'tap';

t.test('an argument starts nothing, and says where the settings are', async (t) => {
  const env = { DATA_DIR: t.testdir(), GATEWAY_PORT: '0', AUTH_PORT: '0', BOOKS_PORT: '0' };
  const main = await startProcess(t, new URL('../src/main.ts', import.meta.url).pathname, { args: ['--help'], env });
  t.strictSame(await main.exit, { code: 1, signal: null });
  t.match(main.stderr(), /takes no arguments.*docs\/settings\.md/);
  t.equal(main.stdout(), '');
});
