import { Problem } from '@countersign/problems';
import { type AccessTokenClaims, SIGNING_ALGS, type SigningAlg } from '@countersign/tokens';
import fastifyJwt from '@fastify/jwt';
import type { FastifyReply, FastifyRequest } from 'fastify';
import fastifyPlugin from 'fastify-plugin';
import { judgeCookieUse } from './cookie-use.ts';
import { createJudge, type Judgement, type OnStale } from './judge.ts';
import type { KeySource } from './key-source.ts';
import { findBearerToken, findCookieToken } from './presented-token.ts';
import { refuse } from './refuse.ts';
import type { RevocationView } from './revocation-view.ts';

declare module '@fastify/jwt' {
  interface FastifyJWT {
    user: AccessTokenClaims;
  }
}

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Anybody may call this route; without it a route needs an access token. */
    public?: boolean;
    /** What this route does while revocation is not known well enough; without it, what the plugin was told. */
    onStale?: OnStale;
  }
}

export interface VerifierOptions {
  /** The only `iss` that is accepted. */
  readonly issuer: string;
  /** A token must be for one of these. */
  readonly audience: readonly string[];
  readonly algorithms?: readonly SigningAlg[];
  readonly clockToleranceSeconds?: number;
  readonly keys: KeySource;
  readonly revocations: RevocationView;
  readonly onStale?: OnStale;
  /** Origins of pages on the same site that may send the cookie. */
  readonly corsOrigins?: readonly string[];
  /** URL of this resource's metadata, told in challenges (RFC 9728, section 5.1). */
  readonly resourceMetadata?: string;
}

/**
 * Makes a Fastify app a resource service: every route needs a good access token unless its config says `public: true`,
 * and `request.user` then holds the token's claims, frozen.
 */
export const verifier = fastifyPlugin<VerifierOptions>(
  async (server, options) => {
    const { onStale: usualOnStale = 'reject', corsOrigins = [], resourceMetadata } = options;
    const algorithms = options.algorithms ?? SIGNING_ALGS;
    const clockToleranceSeconds = options.clockToleranceSeconds ?? 5;
    const { issuer, audience, keys, revocations } = options;
    const judge = createJudge({ issuer, audience, algorithms, clockToleranceSeconds, keys, revocations });
    revocations.onKidRevoked?.(() => void keys.refreshNow());

    await server.register(fastifyJwt, { secret: { public: async () => '' } });

    server.addHook('onRequest', (request, reply, done) => {
      const { config } = request.routeOptions;
      if (config.public === true || request.is404) return done();
      const judgement = judgeRequest(request, config.onStale ?? usualOnStale);
      if (judgement instanceof Promise) judgement.then((later) => settle(request, reply, later, done), done);
      else settle(request, reply, judgement, done);
    });

    function judgeRequest(request: FastifyRequest, onStale: OnStale): Judgement | Promise<Judgement> {
      const bearer = findBearerToken(request.raw);
      if (bearer instanceof Problem) return bearer;
      if (bearer !== null) return judge(bearer, onStale);
      const cookie = findCookieToken(request.raw);
      if (cookie instanceof Problem) return cookie;
      const judgement = judge(cookie, onStale);
      return judgement instanceof Promise ? judgement.then((later) => judgeCookie(request, later)) : judgeCookie(request, judgement);
    }

    function judgeCookie(request: FastifyRequest, judgement: Judgement): Judgement {
      if (judgement instanceof Problem) return judgement;
      return judgeCookieUse(judgement.claims, request.method, request.headers, corsOrigins) ?? judgement;
    }

    function settle(request: FastifyRequest, reply: FastifyReply, judgement: Judgement, done: () => void): void {
      if (judgement instanceof Problem) return refuse(request, reply, judgement, resourceMetadata);
      request.user = judgement.claims;
      done();
    }
  },
  { name: '@countersign/verifier', fastify: '5.x' },
);
