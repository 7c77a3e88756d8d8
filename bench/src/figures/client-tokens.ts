import { basicOf, startAuthServer } from '../auth-server.ts';
import { atMost, type Figure, told } from '../figure.ts';
import { type Measured, measure } from '../load.ts';
import { inRounds, median, medianRatio } from '../statistics.ts';
import { startVariant } from '../variant-process.ts';

/** A client's own token, compared with a bare route that signs one. */
export const clientTokens: Figure = {
  name: 'client-tokens',
  title: 'Client-credentials tokens',
  async run(context) {
    const auth = await startAuthServer(context);
    const signing = await startVariant(context, 'signing');
    const seconds = Math.max(1, 4 * context.effort);
    const tokens = () =>
      measure(auth, {
        path: '/oauth/token',
        method: 'POST',
        headers: [{ authorization: basicOf(auth.client), 'content-type': 'application/x-www-form-urlencoded' }],
        body: 'grant_type=client_credentials',
        seconds,
      });
    const bare = () => measure(signing, { path: '/sign', seconds });
    for (const warmUp of [tokens, bare]) await warmUp();
    const { tokens: ours = [], bare: theirs = [] } = await inRounds(Math.max(2, Math.round(5 * context.effort)), { tokens, bare });
    const cpuOf = (results: Measured[]) => results.map(({ cpuMicroseconds }) => cpuMicroseconds);
    return {
      rows: [
        atMost('CPU of a token to a bare route plus one signature', medianRatio(cpuOf(ours), cpuOf(theirs)), 2),
        told('CPU of a token', median(cpuOf(ours)), ' µs'),
        told('CPU of a bare route plus one signature', median(cpuOf(theirs)), ' µs'),
        told('tokens a second', median(ours.map(({ requestsPerSecond }) => requestsPerSecond))),
      ],
    };
  },
};
