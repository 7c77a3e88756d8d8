import autocannon from 'autocannon';
import { atLeast, type Figure, told } from '../figure.ts';
import { startIssuerServer } from '../issuer-server.ts';
import { inRounds, median, medianRatio } from '../statistics.ts';
import { startVariant } from '../variant-process.ts';

/** Three requests with bad signatures for each with a good token, compared with three that cost as much without the verifier. */
export const flood: Figure = {
  name: 'flood',
  title: 'Good requests under a flood of bad signatures',
  async run(context) {
    const { issuer, trust } = await startIssuerServer(context);
    const variant = await startVariant(context, 'ours', trust);
    const good = Array.from({ length: 500 }, () => issuer.sign());
    const bad = good.flatMap((token) => [1, 2, 3].map(() => spoil(issuer.sign(), token)));
    const protectedBy = (token: string) => ({ path: '/protected', headers: { authorization: `Bearer ${token}` } });
    const equalCost = (token: string) => ({ path: '/costs-a-verification', headers: { authorization: `Bearer ${token}` } });
    const mixed = (other: (token: string) => autocannon.Request) =>
      good.flatMap((token, index) => [protectedBy(token), ...bad.slice(3 * index, 3 * index + 3).map(other)]);
    const run = (requests: autocannon.Request[]) => async () => {
      const result = await autocannon({ url: variant.url, connections: 32, duration: Math.max(1, 4 * context.effort), requests });
      return result['2xx'] / result.duration;
    };
    const results = await inRounds(Math.max(2, Math.round(9 * context.effort)), {
      flood: run(mixed(protectedBy)),
      equal: run(mixed(equalCost)),
      none: run(good.map(protectedBy)),
    });
    const { flood: under = [], equal = [], none = [] } = results;
    return {
      rows: [
        atLeast('good requests a second under the flood, to the same under equally costly requests', medianRatio(under, equal), 0.9),
        told('good requests a second under the flood', median(under)),
        told('without any', median(none)),
      ],
    };
  },
};

function spoil(token: string, other: string): string {
  return token.slice(0, token.lastIndexOf('.')) + other.slice(other.lastIndexOf('.'));
}
