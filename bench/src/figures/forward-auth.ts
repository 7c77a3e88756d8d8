import { until } from '@countersign/testing';
import { serviceAudience } from '@countersign/tokens';
import { startAuthServer } from '../auth-server.ts';
import { atLeast, type Figure, told } from '../figure.ts';
import { bearers, measure } from '../load.ts';
import { inRounds, medianRatio } from '../statistics.ts';

/** A gateway's call of `/verify`, compared with a route of the same service that does nothing. */
export const forwardAuth: Figure = {
  name: 'forward-auth',
  title: 'Forward-auth',
  async run(context) {
    const auth = await startAuthServer(context);
    const tokens = await Promise.all(Array.from({ length: 200 }, () => auth.clientToken()));
    const headers = bearers(tokens);
    const path = `/verify?audience=${encodeURIComponent(serviceAudience('books'))}`;
    const ask = () => fetch(auth.url + path, { headers: { ...headers[0] } });
    await until(async () => (await ask()).status === 204, { timeoutMs: 10_000 });
    const seconds = Math.max(1, 3 * context.effort);
    const results = await inRounds(Math.max(2, Math.round(7 * context.effort)), {
      verify: () => measure(auth, { path, headers, seconds }),
      bare: () => measure(auth, { path: '/livez', headers, seconds }),
    });
    const { verify = [], bare = [] } = results;
    const rate = (one: { requestsPerSecond: number }) => one.requestsPerSecond;
    const cpu = (one: { cpuMicroseconds: number }) => one.cpuMicroseconds;
    return {
      rows: [
        atLeast('/verify to a route of the same service that does nothing, throughput', medianRatio(verify.map(rate), bare.map(rate)), 0.9),
        told('the same, CPU of a request', medianRatio(verify.map(cpu), bare.map(cpu))),
      ],
    };
  },
};
