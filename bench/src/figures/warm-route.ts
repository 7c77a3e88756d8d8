import { createPublicKey } from 'node:crypto';
import { testIssuer } from '@countersign/testing';
import type { RevocationEntry } from '@countersign/tokens';
import { createSigner } from 'fast-jwt';
import { atLeast, atMost, type BenchContext, type Figure, format, told } from '../figure.ts';
import { type Contender, inFreshProcesses } from '../fresh-processes.ts';
import { type IssuerServer, startIssuerServer } from '../issuer-server.ts';
import { bearers, type Load, type Measured } from '../load.ts';
import { randomId } from '../random-id.ts';
import { median, medianRatio } from '../statistics.ts';
import { startVariant, type VariantProcess } from '../variant-process.ts';

const REVOKED = 100_000;

interface Labelled extends Contender {
  readonly label: string;
}

/** A route that needs a token, compared with the same route without, and with what people do otherwise. */
export const warmRoute: Figure = {
  name: 'warm-route',
  title: 'A request with a token that was seen before',
  async run(context) {
    const contenders = await prepareContenders(context);
    const results = await inFreshProcesses(Math.max(2, Math.round(7 * context.effort)), contenders, context.progress);
    const throughput = (name: string) => (results[name] ?? []).map((measured) => measured.requestsPerSecond);
    const ratio = (a: string, b: string) => medianRatio(throughput(a), throughput(b));
    const cpu = (name: string) => median((results[name] ?? []).map((measured) => measured.cpuMicroseconds));
    return {
      rows: [
        atLeast('throughput, ours (1,000 tokens, 100,000 revoked) to a bare route', ratio('ours1000Revoked', 'bare'), 0.95),
        atMost('CPU added to a bare route', cpu('ours1000Revoked') - cpu('bare'), 2, ' µs'),
        atLeast('throughput, ours to @fastify/session in Redis', ratio('ours1000Revoked', 'session'), 2.5),
        atLeast('throughput, ours to @fastify/jwt with its cache and a Redis EXISTS', ratio('ours1000Revoked', 'jwtCachedExists'), 1.6),
        atLeast('throughput, ours to @fastify/jwt without cache and a Redis EXISTS', ratio('ours1000Revoked', 'jwtExists'), 5),
        told('throughput, ours to a session by hand, which is one GET in Redis and no more', ratio('ours1000Revoked', 'sessionByHand')),
        told('throughput, ours to @fastify/jwt as its README shows it', ratio('ours1000Revoked', 'jwt')),
        told('throughput, ours to a public route of our server, in a process of its own', ratio('ours1000Revoked', 'publicRoute')),
        told('throughput, ours to express with express-jwt (ES256)', ratio('ours1000Revoked', 'express')),
      ],
      detail: table(contenders, results, ratio),
      bars: Object.entries(contenders).map(([name, { label }]) => ({ label, value: ratio(name, 'bare'), ours: name.startsWith('ours') })),
    };
  },
};

async function prepareContenders(context: BenchContext): Promise<Record<string, Labelled>> {
  const withoutRevoked = await startIssuerServer(context);
  const withRevoked = await startIssuerServer(context);
  await revokeMany(withRevoked);
  const path = '/protected';
  const loadOf = (tokens: readonly string[]) => ({ path, headers: bearers(tokens) });
  const plain = (label: string, name: string, load: Load, settings?: object): Labelled => ({
    label,
    start: async () => ({ variant: await startVariant(context, name, settings), load }),
  });
  const ours = (label: string, server: IssuerServer, load: Load): Labelled =>
    plain(label, 'ours', load, { ...server.trust, revoked: server === withRevoked ? REVOKED : 0 });

  const { issuer, redis, trust } = withoutRevoked;
  const tokens = Array.from({ length: 20_000 }, () => issuer.sign());
  const thousand = loadOf(tokens.slice(0, 1000));
  const thousandOfRevoked = loadOf(Array.from({ length: 1000 }, () => withRevoked.issuer.sign()));
  const readme = { publicKeyPem: pemOf(issuer.key().publicJwk), redisUrl: trust.redisUrl };
  const es256 = await testIssuer({ alg: 'ES256' });
  const pipeline = redis.pipeline();
  const storedByHand = JSON.stringify(issuer.claims());
  for (const token of tokens.slice(0, 1000)) pipeline.set(`session:${token.slice(-43)}`, storedByHand);
  await pipeline.exec();
  return {
    bare: plain('bare Fastify route', 'bare', thousand),
    ours1000Revoked: ours('ours, 1,000 tokens, 100,000 revoked', withRevoked, thousandOfRevoked),
    publicRoute: ours('public route of our server, 1,000 tokens unread', withRevoked, { ...thousandOfRevoked, path: '/bare' }),
    ours1: ours('ours, 1 token', withoutRevoked, loadOf(tokens.slice(0, 1))),
    ours1000: ours('ours, 1,000 tokens', withoutRevoked, thousand),
    ours20000: ours('ours, 20,000 tokens', withoutRevoked, loadOf(tokens)),
    jwtCached: plain('@fastify/jwt, cache', 'fastify-jwt', thousand, { ...readme, cache: true }),
    jwt: plain('@fastify/jwt', 'fastify-jwt', thousand, readme),
    jwtCachedExists: plain('@fastify/jwt, cache, Redis EXISTS', 'fastify-jwt', thousand, { ...readme, cache: true, exists: true }),
    jwtExists: plain('@fastify/jwt, Redis EXISTS', 'fastify-jwt', thousand, { ...readme, exists: true }),
    session: {
      label: '@fastify/session in Redis',
      async start() {
        const variant = await startVariant(context, 'fastify-session', readme);
        return { variant, load: { path, headers: await signIn(variant, 1000) } };
      },
    },
    sessionByHand: plain('session by hand, one GET in Redis', 'redis-session', thousand, readme),
    express: plain('express, express-jwt (ES256)', 'express-jwt', loadOf(Array.from({ length: 1000 }, () => plainToken(es256))), {
      publicKeyPem: pemOf(es256.key().publicJwk),
    }),
  };
}

async function revokeMany(server: IssuerServer): Promise<void> {
  const expiresAt = Math.floor(Date.now() / 1000) + 3660;
  await server.revoke(Array.from({ length: REVOKED }, (): RevocationEntry => ({ kind: 'sid', id: randomId(), expiresAt, before: null })));
}

async function signIn({ url }: VariantProcess, times: number): Promise<{ cookie: string }[]> {
  const cookies: { cookie: string }[] = [];
  while (cookies.length < times) {
    const answer = await fetch(`${url}/login`, { method: 'POST' });
    cookies.push({ cookie: answer.headers.getSetCookie()[0]?.split(';')[0] ?? '' });
  }
  return cookies;
}

/** express-jwt refuses `at+jwt`, so these tokens have the usual type. */
function plainToken(issuer: Awaited<ReturnType<typeof testIssuer>>): string {
  const { privateKey, kid } = issuer.key();
  const pem = `-----BEGIN PRIVATE KEY-----\n${privateKey.toString('base64')}\n-----END PRIVATE KEY-----`;
  return createSigner({ key: pem, algorithm: 'ES256', kid })({ ...issuer.claims() });
}

function pemOf(jwk: object): string {
  return createPublicKey({ key: { ...jwk }, format: 'jwk' })
    .export({ format: 'pem', type: 'spki' })
    .toString();
}

function table(contenders: Record<string, Labelled>, results: Record<string, Measured[]>, ratio: (a: string, b: string) => number): string {
  const lines = Object.entries(contenders).map(([name, { label }]) => {
    const measured = results[name] ?? [];
    const of = (pick: (one: Measured) => number) => format(median(measured.map(pick)));
    return `| ${label} | ${of((one) => one.requestsPerSecond)} | ${format(ratio(name, 'bare'))} | ${of((one) => one.cpuMicroseconds)} | ${of((one) => one.p99Ms)} |`;
  });
  return ['| variant | req/s | to bare | CPU µs per request | p99 of a second, ms |', '| --- | --- | --- | --- | --- |', ...lines].join(
    '\n',
  );
}
