import { argon2, randomBytes } from 'node:crypto';
import { cpus } from 'node:os';
import { promisify } from 'node:util';
import { hash } from '@node-rs/argon2';
import { startAuthServer } from '../auth-server.ts';
import { closedLoop } from '../closed-loop.ts';
import { atLeast, atMost, type Figure, told } from '../figure.ts';
import { type Load, measure } from '../load.ts';
import { endSessions, logIn, refresh, register, USER } from '../people.ts';
import { expectAnswer } from '../send.ts';
import { inRounds, median, medianRatio, percentile } from '../statistics.ts';

/** The parameters of the auth service: 19 MiB, 2 passes, 1 lane. */
const ARGON2ID = { memoryCost: 19_456, timeCost: 2, parallelism: 1 };

async function hashByNode(): Promise<void> {
  const { memoryCost: memory, timeCost: passes, parallelism } = ARGON2ID;
  await promisify(argon2)('argon2id', { message: USER.password, nonce: randomBytes(16), memory, passes, parallelism, tagLength: 32 });
}

/** Another user than the one whose requests are timed. */
const STORM_USER = { ...USER, username: 'storm' };

const LOGIN: Load = {
  path: '/login',
  method: 'POST',
  headers: [{ 'content-type': 'application/json' }],
  body: JSON.stringify(USER),
  connections: 8,
};

/** Logins compared with the hashing that they need, and what a storm of them does to everything else. */
export const logins: Figure = {
  name: 'logins',
  title: 'Logins',
  async run(context) {
    const auth = await startAuthServer(context);
    await register(auth.url);
    await register(auth.url, STORM_USER);
    const seconds = Math.max(1, 4 * context.effort);
    const variants = {
      async login() {
        // People have a few sessions, not thousands.
        await endSessions(auth.url, await logIn(auth.url));
        return (await measure(auth, { ...LOGIN, seconds })).requestsPerSecond;
      },
      raw: async () => (await closedLoop(cpus().length, seconds, async () => void (await hash(USER.password, ARGON2ID)))).perSecond,
      byNode: async () => (await closedLoop(cpus().length, seconds, hashByNode)).perSecond,
    };
    await variants.login(); // until its code is compiled
    const { login = [], raw = [], byNode = [] } = await inRounds(Math.max(2, Math.round(5 * context.effort)), variants);

    const { access_token: accessToken, refresh_token: refreshToken } = await logIn(auth.url);
    let current = refreshToken;
    const calls = {
      refresh: async () => {
        current = (await refresh(auth.url, current)).refresh_token;
      },
      verified: async () => void (await expectAnswer(200, 'GET', `${auth.url}/me`, { authorization: `Bearer ${accessToken}` })),
    };
    const p99 = async (call: () => Promise<void>) => percentile((await closedLoop(1, seconds, call)).milliseconds, 0.99);
    const idle = { refresh: await p99(calls.refresh), verified: await p99(calls.verified) };
    let isStorm = true;
    const storm = Promise.all(
      Array.from({ length: 8 }, async () => {
        while (isStorm) await logIn(auth.url, STORM_USER);
      }),
    );
    const busy = { refresh: await p99(calls.refresh), verified: await p99(calls.verified) };
    isStorm = false;
    await storm;
    return {
      rows: [
        atLeast('logins to raw Argon2id on the same cores', medianRatio(login, raw), 0.9),
        told('logins to raw Argon2id by Node’s own implementation', medianRatio(login, byNode)),
        told('logins a second', median(login)),
        told('raw Argon2id a second', median(raw)),
        told('raw Argon2id a second, by Node’s own implementation', median(byNode)),
        atMost('p99 of /refresh under 8 login workers, to idle', busy.refresh / idle.refresh, 5),
        atMost('p99 of a verified request under 8 login workers, to idle', busy.verified / idle.verified, 5),
        told('p99 of /refresh, idle', idle.refresh, ' ms'),
        told('p99 of a verified request, idle', idle.verified, ' ms'),
      ],
    };
  },
};
