import { type AccessTokenClaims, CLOCK_MARGIN_SECONDS, SIGNING_ALGS, type SigningAlg } from '@countersign/tokens';
import type { FastifyInstance } from 'fastify';
import fastifyPlugin from 'fastify-plugin';
import { checkOptions } from './check-options.ts';
import { registerJwtDecorators } from './jwt-decorators.ts';
import { isKeySource, type KeySource } from './keys/key-source.ts';
import { type RemoteKeysOptions, startRemoteKeys } from './keys/remote-keys.ts';
import type { Measured } from './measurements.ts';
import { type JudgeForRoute, protectRoutes } from './protect-routes.ts';
import { type Readiness, readinessOf } from './readiness.ts';
import { createRequestJudge } from './request/judge-request.ts';
import { type FollowOptions, startFollowingRevocations } from './revocation/follow-revocations.ts';
import { isRevocationView, type RevocationView } from './revocation/revocation-view.ts';
import { createJudge, type Judge, type OnStale } from './token/judge.ts';

import '@fastify/jwt'; // declares `request.user`, also for those who read only the declarations of this file

declare module '@fastify/jwt' {
  interface FastifyJWT {
    user: AccessTokenClaims;
  }
}

declare module 'fastify' {
  interface FastifyContextConfig {
    /** `true`: anyone may call this route; without it a route needs an access token. */
    public?: boolean;
    /** What this route does while revocation status is unknown; the plugin's `onStale` when left out. */
    onStale?: OnStale;
  }
  interface FastifyInstance {
    verifier: Verifier;
  }
}

/** What the plugin adds to the app, as `app.verifier`. */
export interface Verifier extends Measured {
  readonly keys: KeySource;
  readonly revocations: RevocationView;
  readonly judge: Judge;
  /** For a readiness check such as `/readyz`. */
  readonly readiness: Readiness;
  readonly resourceMetadata: string | null;
}

export interface VerifierOptions {
  /** The only `iss` that is accepted, an `http:` or `https:` URL, compared character for character. */
  readonly issuer: string;
  /** A token must be for this audience, or for one of these. A name with a comma in it has to stand in a list. */
  readonly audience: string | readonly string[];
  /** Accepted signing algorithms; all of {@link SIGNING_ALGS} when left out. */
  readonly algorithms?: readonly SigningAlg[];
  /** How far this clock may differ from auth's: at most {@link CLOCK_MARGIN_SECONDS}; 5 when left out. */
  readonly clockToleranceSeconds?: number;
  /** Where keys come from: a source, or the JWKS to fetch; the issuer's own JWKS when left out. */
  readonly keys?: KeySource | RemoteKeysOptions | undefined;
  /** Where revocations come from: a view, or the Redis to follow. */
  readonly revocations: RevocationView | FollowOptions;
  /**
   * What happens to tokens while revocation status is unknown: `reject` answers 503 `revocation_unavailable`, `accept` lets those pass that
   * aren't known to be revoked. `reject` when left out; a route's config may say otherwise.
   */
  readonly onStale?: OnStale;
  /** Origins of pages on the same site that may send the cookie with a change; none when left out. */
  readonly corsOrigins?: readonly string[];
  /** URL of this resource's metadata, included in challenges (RFC 9728, section 5.1); none when left out. */
  readonly resourceMetadata?: string;
}

/**
 * Makes a Fastify app a resource service: every route needs a valid access token (RFC 9068) unless its config says `public: true`, and
 * `request.user` then holds the token's claims, frozen. A refusal is a problem document (RFC 9457) with a challenge (RFC 6750, section 3).
 * The keys and revocations that it loads by itself are followed until the app closes.
 *
 * @throws Error about the first invalid option, or when `request.user` or `app.jwt` is taken
 */
export const verifier = fastifyPlugin<VerifierOptions>(
  async (server, options) => {
    const { issuer, audience, algorithms = SIGNING_ALGS, clockToleranceSeconds = 5 } = options;
    const { keys: keysFrom = { url: `${issuer}/.well-known/jwks.json` }, revocations: revocationsFrom } = options;
    const { onStale: usualOnStale = 'reject', corsOrigins = [], resourceMetadata = null } = options;
    const tokens = { issuer, audience, algorithms, clockToleranceSeconds };
    const sources = { keys: keysFrom, revocations: revocationsFrom };
    checkOptions({ ...tokens, ...sources, onStale: usualOnStale, corsOrigins, resourceMetadata }, Object.keys(options));
    const rules = { ...tokens, audience: [audience].flat() };
    const keys = useKeys(server, keysFrom);
    const revocations = useRevocations(server, revocationsFrom);
    const judge = createJudge({ ...rules, keys, revocations });
    const judgeRequest = createRequestJudge(judge, corsOrigins);
    const usual = { onStale: usualOnStale };
    const judgeForRoute: JudgeForRoute = (request, { onStale }) => judgeRequest(request, onStale === undefined ? usual : { onStale });

    revocations.onKidRevoked?.(() => void keys.refreshNow());
    await registerJwtDecorators(server, {
      ...rules,
      keys,
      judgeRequest: (request) => judgeForRoute(request, request.routeOptions.config),
    });
    const readiness = readinessOf({ keys, revocations, onStale: usualOnStale });
    server.decorate('verifier', { keys, judge, revocations, readiness, resourceMetadata });
    protectRoutes(server, judgeForRoute);
  },
  { name: '@countersign/verifier', fastify: '5.x' },
);

function useKeys(server: FastifyInstance, keys: KeySource | RemoteKeysOptions): KeySource {
  if (isKeySource(keys)) return keys;
  const source = startRemoteKeys({ log: server.log, ...keys });
  server.addHook('onClose', async () => source.close());
  return source;
}

function useRevocations(server: FastifyInstance, revocations: RevocationView | FollowOptions): RevocationView {
  if (isRevocationView(revocations)) return revocations;
  const follower = startFollowingRevocations({ log: server.log, ...revocations });
  server.addHook('onClose', () => follower.close());
  return follower;
}
