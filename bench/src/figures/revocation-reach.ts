import { serviceAudience } from '@countersign/tokens';
import { type AuthServer, startAuthServer } from '../auth-server.ts';
import { atMost, type BenchContext, type Figure, type Row, told } from '../figure.ts';
import type { Trust } from '../issuer-server.ts';
import { send } from '../send.ts';
import { percentile } from '../statistics.ts';
import { startVariant, type VariantProcess } from '../variant-process.ts';

const LOAD_PER_SECOND = 1000;
/** A machine that can't carry the rate gets less, which the report shows: more would only be refused. */
const MOST_AT_ONCE = 64;

/** The time from the answer to a revocation until the last of several verifiers refuses. */
export const revocationReach: Figure = {
  name: 'revocation-reach',
  title: 'From the answer to a revocation to its refusal',
  async run(context) {
    const auth = await startAuthServer(context);
    const verifiers = await Promise.all(Array.from({ length: 4 }, () => startVerifier(context, auth)));
    const samples = Math.max(20, Math.round(300 * context.effort));
    const one = await reach(auth, verifiers.slice(0, 1), samples);
    const four = await reach(auth, verifiers, samples);
    context.progress(`under ${LOAD_PER_SECOND} revocations a second`);
    const load = await startLoad(auth, Math.max(3, 15 * context.effort));
    const loaded = await reach(auth, verifiers, samples, () => load.running);
    const perSecond = await load.stop();
    return {
      rows: [
        told('1 verifier, p50', percentile(one, 0.5), ' ms'),
        told('1 verifier, p99', percentile(one, 0.99), ' ms'),
        told('4 verifiers, p50', percentile(four, 0.5), ' ms'),
        atMost('4 verifiers, p99', percentile(four, 0.99), 20, ' ms'),
        ...underLoad(loaded, perSecond),
      ],
    };
  },
};

function underLoad(loaded: readonly number[], perSecond: number): Row[] {
  return [
    told('revocations a second meanwhile', perSecond),
    told('4 verifiers under them, p50', percentile(loaded, 0.5), ' ms'),
    atMost('4 verifiers under them, p99', percentile(loaded, 0.99), 50, ' ms'),
  ];
}

function startVerifier(context: BenchContext, auth: AuthServer): Promise<VariantProcess> {
  const trust: Trust = {
    issuer: auth.url,
    audience: serviceAudience('books'),
    jwksUrl: `${auth.url}/.well-known/jwks.json`,
    redisUrl: auth.redisUrl,
  };
  return startVariant(context, 'ours', trust);
}

/** The milliseconds from the answer until the last verifier has refused, one sample per token. */
async function reach(
  auth: AuthServer,
  verifiers: readonly VariantProcess[],
  samples: number,
  goOn: () => boolean = () => true,
): Promise<number[]> {
  const times: number[] = [];
  while (times.length < samples && goOn()) {
    const token = await auth.clientToken();
    await Promise.all(verifiers.map((verifier) => expectAccepted(verifier, token)));
    await auth.revoke(token);
    const answeredAt = performance.now();
    await Promise.all(verifiers.map((verifier) => untilRefused(verifier, token)));
    times.push(performance.now() - answeredAt);
  }
  return times;
}

async function expectAccepted(verifier: VariantProcess, token: string): Promise<void> {
  if ((await statusOf(verifier, token)) !== 200) throw new Error('a good token was refused');
}

async function untilRefused(verifier: VariantProcess, token: string): Promise<void> {
  const limit = performance.now() + 5000;
  while ((await statusOf(verifier, token)) !== 401) {
    if (performance.now() > limit) throw new Error('a revoked token was still accepted after 5 s');
  }
}

async function statusOf(verifier: VariantProcess, token: string): Promise<number> {
  return (await send('GET', `${verifier.url}/protected`, { authorization: `Bearer ${token}` })).status;
}

/** Revokes prepared tokens at a steady rate, until none are left or it is stopped. */
async function startLoad(auth: AuthServer, seconds: number): Promise<{ readonly running: boolean; stop(): Promise<number> }> {
  const tokens: string[] = [];
  const count = Math.round(LOAD_PER_SECOND * seconds);
  while (tokens.length < count) tokens.push(...(await Promise.all(Array.from({ length: 32 }, () => auth.clientToken()))));
  const startedAt = performance.now();
  const load = { running: true, sent: 0, stop };
  const finished = Promise.withResolvers<number>();
  const underWay = new Set<Promise<void>>();
  const timer = setInterval(() => {
    const due = Math.min(count, Math.floor(((performance.now() - startedAt) / 1000) * LOAD_PER_SECOND));
    for (; load.sent < due && underWay.size < MOST_AT_ONCE; load.sent += 1) {
      const sending = auth.revoke(tokens[load.sent] as string).finally(() => underWay.delete(sending));
      underWay.add(sending);
    }
    if (load.sent >= count) void stop();
  }, 5);

  async function stop(): Promise<number> {
    clearInterval(timer);
    if (load.running) {
      load.running = false;
      await Promise.all(underWay);
      finished.resolve(load.sent / ((performance.now() - startedAt) / 1000));
    }
    return await finished.promise;
  }
  return load;
}
