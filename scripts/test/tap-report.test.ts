import t from 'tap';
import { readTapReport } from '../tap-report.ts';

const report = readTapReport(`TAP version 14
1..4
# Subtest: test/good.test.ts
    # Subtest: refuses a forged token
        ok 1 - should be equal
        1..1
    ok 1 - refuses a forged token # time=2ms

    ok 2 - needs a Redis # SKIP no Redis here
    ok 3 - later # TODO
    1..3
ok 1 - test/good.test.ts # time=12ms

# Subtest: test/bad.test.ts
    # Subtest: one
        not ok 1 - should be equal
          ---
          compare: ===
          ...
        1..1
    not ok 1 - one # time=3ms
    1..1
not ok 2 - test/bad.test.ts # time=9ms

# Subtest: test/empty.test.ts
    1..0 # no tests found
ok 3 - test/empty.test.ts # SKIP no tests found

# Subtest: test/hollow.test.ts
    # Subtest: promises much
        1..0
    ok 1 - promises much # time=2ms
    1..1
ok 4 - test/hollow.test.ts # time=2ms
# { total: 6, pass: 2, fail: 1, todo: 1, skip: 2 }
# time=40ms
`);

t.test('a failed assertion is named once, with the tests around it', async (t) => {
  t.strictSame(report.failed, ['test/bad.test.ts > one > should be equal']);
});

t.test('files without an assertion are found, though tap passes them', async (t) => {
  t.strictSame(report.withoutAssertions, ['test/empty.test.ts', 'test/hollow.test.ts']);
});

t.test('skips and todos are named', async (t) => {
  t.strictSame(report.skipped, ['test/good.test.ts > needs a Redis', 'test/good.test.ts > later']);
});

t.test('the counts are those of the whole run', async (t) => {
  t.match(report, { pass: 2, fail: 1, skip: 3 });
});
