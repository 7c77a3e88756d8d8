// A process that revokes one token and kills itself at the point that its first argument names. Imported by a test, it does nothing.
import { connectPostgres, connectRedis } from '@countersign/service';
import { until } from '@countersign/testing';
import type { Outbox } from '../../src/domain/revocation/outbox.ts';
import type { RevocationList } from '../../src/domain/revocation/revocation-list.ts';
import { startFeed } from '../../src/feed/revocation-feed.ts';
import { createRevocationList } from '../../src/stores/revocation-list.redis.ts';
import { createRevocationOutbox } from '../../src/stores/revocation-outbox.postgres.ts';
import { revokeMany } from '../../src/stores/revocations.postgres.ts';
import { jti } from './feed-stack.ts';

export const KILL_POINTS = ['commit', 'lock', 'script', 'keys', 'note'] as const;

const [point, id = ''] = process.argv.slice(2);
let isArmed = false;

function killAfter(name: (typeof KILL_POINTS)[number]): void {
  if (isArmed && point === name) process.kill(process.pid, 'SIGKILL');
}

if (point !== undefined) {
  const { db } = connectPostgres(process.env.DATABASE_URL ?? '');
  const redis = connectRedis(process.env.REDIS_URL ?? '');
  const outbox = createRevocationOutbox(db);
  const list = createRevocationList(redis);
  const killableOutbox: Outbox = {
    ...outbox,
    locked: (work) =>
      outbox.locked((locked) => {
        killAfter('lock');
        return work({
          ...locked,
          save: async (outcome) => {
            await locked.save(outcome);
            killAfter('note');
          },
        });
      }),
  };
  const killableList: RevocationList = {
    ...list,
    add: async (addition) => {
      const added = await list.add(addition);
      killAfter('script');
      return added;
    },
    key: async (entries) => {
      const failed = await list.key(entries);
      killAfter('keys');
      return failed;
    },
  };
  const log = { info: () => {}, warn: () => {}, error: () => {} };
  const feed = startFeed({ outbox: killableOutbox, list: killableList, log, onPublished: () => {} });
  await until(() => feed.stats().lastBeatMs !== null);
  await db.transaction((tx) => revokeMany(tx, jti(id)));
  isArmed = true;
  killAfter('commit');
  await feed.flush();
}
