import t from 'tap';
import { retryPauseSeconds } from '../../src/domain/retry-pause.ts';

t.test('the pause doubles with each try that failed, and is never longer than a minute, however long an outage lasts', async (t) => {
  t.strictSame([1, 2, 3, 6, 7, 8, 5000].map(retryPauseSeconds), [1, 2, 4, 32, 60, 60, 60]);
});
