import { type TestIssuer, testIssuer } from '@countersign/testing';
import Fastify, { type FastifyInstance, type LightMyRequestResponse } from 'fastify';
import { startKeySource } from '../src/keys/key-source.ts';
import type { RevocationView } from '../src/revocation/revocation-view.ts';
import { RevokedIds } from '../src/revocation/revoked-ids.ts';
import { type VerifierOptions, verifier } from '../src/verifier.ts';

/** A view in memory whose freshness the test sets. */
export interface TestView extends RevocationView {
  readonly revoked: RevokedIds;
  fresh: boolean;
  tellKilled(kid: string): void;
}

export function createView(): TestView {
  const revoked = new RevokedIds();
  const listeners: ((kid: string) => void)[] = [];
  return {
    revoked,
    fresh: true,
    isKidRevoked: (kid) => revoked.isKidRevoked(kid),
    isRevoked: (token) => revoked.isRevoked(token),
    revision: () => revoked.revision,
    isFresh() {
      return this.fresh;
    },
    notReady: () => null,
    onKidRevoked: (listener) => void listeners.push(listener),
    tellKilled: (kid) => {
      for (const listener of listeners) listener(kid);
    },
  };
}

export interface ResourceServer {
  readonly issuer: TestIssuer;
  readonly view: TestView;
  readonly app: FastifyInstance;
  /** Calls `GET /` with this token as Bearer, and gives the answer's `summary`. */
  call(token: string): Promise<string>;
}

/** A plain Fastify app with the plugin and nothing else of ours, so that its answers come from the plugin. */
export async function resourceServer(options: Partial<VerifierOptions> & { readonly issuerOf?: TestIssuer } = {}): Promise<ResourceServer> {
  const { issuerOf, ...own } = options;
  const issuer = issuerOf ?? (await testIssuer());
  const view = createView();
  const keys = startKeySource({ load: async () => ({ keys: issuer.jwks().keys, maxAgeSeconds: 300 }), cooldownSeconds: 0 });
  const app = Fastify();
  await app.register(verifier, { issuer: issuer.issuer, audience: ['urn:countersign:api'], keys, revocations: view, ...own });
  app.route({ method: ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'], url: '/', handler: async (request) => request.user });
  const call = async (token: string) => {
    return summary(await app.inject({ url: '/', headers: { authorization: `Bearer ${token}` } }));
  };
  return { issuer, view, app, call };
}

/** The status and, of a refusal, the problem's code: `200` or `401 token_expired`. */
export function summary(response: LightMyRequestResponse): string {
  return response.statusCode < 400 ? String(response.statusCode) : `${response.statusCode} ${response.json().code}`;
}
