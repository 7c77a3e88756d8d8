import { until } from '@countersign/testing';
import { serviceAudience } from '@countersign/tokens';
import { startAuthServer } from '../auth-server.ts';
import { atLeast, type BenchContext, type Figure, told } from '../figure.ts';
import { bearers, type Measured, measure } from '../load.ts';
import { inRounds, medianRatio } from '../statistics.ts';

/** Several, since of two processes with the same code one can be a tenth slower at one of the two routes. */
const PROCESSES = 5;
const ROUNDS = 3;

/** A gateway's call of `/verify`, compared with a route of the same service that does nothing. */
export const forwardAuth: Figure = {
  name: 'forward-auth',
  title: 'Forward-auth',
  async run(context) {
    const verify: Measured[] = [];
    const bare: Measured[] = [];
    for (let process = 0; process < Math.max(1, Math.round(PROCESSES * context.effort)); process += 1) {
      const results = await measureProcess(context);
      verify.push(...results.verify);
      bare.push(...results.bare);
    }
    const rate = (one: Measured) => one.requestsPerSecond;
    const cpu = (one: Measured) => one.cpuMicroseconds;
    return {
      rows: [
        atLeast('/verify to a route of the same service that does nothing, throughput', medianRatio(verify.map(rate), bare.map(rate)), 0.9),
        told('the same, CPU of a request', medianRatio(verify.map(cpu), bare.map(cpu))),
      ],
    };
  },
};

async function measureProcess(context: BenchContext): Promise<Record<'verify' | 'bare', Measured[]>> {
  const auth = await startAuthServer(context);
  const tokens = await Promise.all(Array.from({ length: 200 }, () => auth.clientToken()));
  const headers = bearers(tokens);
  const path = `/verify?audience=${encodeURIComponent(serviceAudience('books'))}`;
  const ask = () => fetch(auth.url + path, { headers: { ...headers[0] } });
  await until(async () => (await ask()).status === 204, { timeoutMs: 10_000 });
  const seconds = Math.max(1, 2 * context.effort);
  const variants = {
    verify: () => measure(auth, { path, headers, seconds }),
    bare: () => measure(auth, { path: '/livez', headers, seconds }),
  };
  await inRounds(1, variants); // until the code is compiled
  const { verify = [], bare = [] } = await inRounds(ROUNDS, variants);
  return { verify, bare };
}
