import { createPublicKey } from 'node:crypto';
import { testIssuer, until } from '@countersign/testing';
import { DEFAULT_AUDIENCE, type RevocationEntry } from '@countersign/tokens';
import { createSigner } from 'fast-jwt';
import { atLeast, atMost, type BenchContext, type Figure, format, told } from '../figure.ts';
import { type IssuerServer, startIssuerServer } from '../issuer-server.ts';
import { bearers, type Load, type Measured, measure } from '../load.ts';
import { randomId } from '../random-id.ts';
import { inRounds, median, medianRatio } from '../statistics.ts';
import { startVariant, type VariantProcess } from '../variant-process.ts';

const REVOKED = 100_000;

const ABOUT_MARKING = `A Node 24 process whose heap is about 15 MB can stay in V8's incremental marking for as long as the load lasts, at up to a
sixth of its throughput, whatever its code does: loading any larger module into the bare route was enough here, and
\`--no-incremental-marking\` ended it. Which variant it meets differs from run to run. The public route of the same process is
free of that: it has all that our variant has but the judgement.`;

interface Contender {
  readonly label: string;
  readonly variant: VariantProcess;
  readonly load: Load;
}

/** A route that needs a token, compared with the same route without, and with what else people do. */
export const warmRoute: Figure = {
  name: 'warm-route',
  title: 'A request with a token that was seen before',
  async run(context) {
    const contenders = await startContenders(context);
    for (const { variant, load } of Object.values(contenders))
      await measure(variant, { ...load, seconds: Math.max(1, 2 * context.effort) });
    const results = await inRounds(Math.max(2, Math.round(7 * context.effort)), run(contenders, context));
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
        told('throughput, ours to a public route of the same process', ratio('ours1000Revoked', 'publicRoute')),
        told('throughput, ours to express with express-jwt (ES256)', ratio('ours1000Revoked', 'express')),
      ],
      detail: `${table(contenders, results, ratio)}\n\n${ABOUT_MARKING}`,
      bars: Object.entries(contenders).map(([name, { label }]) => ({ label, value: ratio(name, 'bare'), ours: name.startsWith('ours') })),
    };
  },
};

function run(contenders: Record<string, Contender>, context: BenchContext): Record<string, () => Promise<Measured>> {
  return Object.fromEntries(
    Object.entries(contenders).map(([name, { label, variant, load }]) => [
      name,
      () => {
        context.progress(label);
        return measure(variant, { ...load, seconds: Math.max(1, 3 * context.effort) });
      },
    ]),
  );
}

async function startContenders(context: BenchContext): Promise<Record<string, Contender>> {
  const server = await startIssuerServer(context);
  const { issuer, redis } = server;
  const ours = { issuer: issuer.issuer, audience: DEFAULT_AUDIENCE, jwksUrl: server.jwksUrl, redisUrl: server.redisUrl };
  const tokens = Array.from({ length: 20_000 }, () => issuer.sign());
  const storedByHand = JSON.stringify(issuer.claims());
  const pipeline = redis.pipeline();
  for (const token of tokens.slice(0, 1000)) pipeline.set(`session:${token.slice(-43)}`, storedByHand);
  await pipeline.exec();

  const start = async (name: string, settings: object = {}) => {
    const variant = await startVariant(name, settings);
    context.teardown(() => variant.stop());
    return variant;
  };
  const withoutRevoked = await start('ours', ours);
  await whenReady(withoutRevoked, 0);
  await revokeMany(server);
  const withRevoked = await start('ours', ours);
  await whenReady(withRevoked, REVOKED);

  const publicKeyPem = pemOf(issuer.key().publicJwk);
  const es256 = await testIssuer({ alg: 'ES256' });
  const readme = { publicKeyPem, redisUrl: server.redisUrl };
  const session = await start('fastify-session', readme);
  const path = '/protected';
  const thousand = { path, headers: bearers(tokens.slice(0, 1000)) };
  return {
    bare: { label: 'bare Fastify route', variant: await start('bare'), load: thousand },
    ours1: { label: 'ours, 1 token', variant: withoutRevoked, load: { path, headers: bearers(tokens.slice(0, 1)) } },
    ours1000: { label: 'ours, 1,000 tokens', variant: withoutRevoked, load: thousand },
    ours20000: { label: 'ours, 20,000 tokens', variant: withoutRevoked, load: { path, headers: bearers(tokens) } },
    ours1000Revoked: { label: 'ours, 1,000 tokens, 100,000 revoked', variant: withRevoked, load: thousand },
    publicRoute: { label: 'public route beside it, 1,000 tokens unread', variant: withRevoked, load: { ...thousand, path: '/bare' } },
    jwtCached: { label: '@fastify/jwt, cache', variant: await start('fastify-jwt', { ...readme, cache: true }), load: thousand },
    jwt: { label: '@fastify/jwt', variant: await start('fastify-jwt', readme), load: thousand },
    jwtCachedExists: {
      label: '@fastify/jwt, cache, Redis EXISTS',
      variant: await start('fastify-jwt', { ...readme, cache: true, exists: true }),
      load: thousand,
    },
    jwtExists: { label: '@fastify/jwt, Redis EXISTS', variant: await start('fastify-jwt', { ...readme, exists: true }), load: thousand },
    session: { label: '@fastify/session in Redis', variant: session, load: { path, headers: await signIn(session, 1000) } },
    sessionByHand: { label: 'session by hand, one GET in Redis', variant: await start('redis-session', readme), load: thousand },
    express: {
      label: 'express, express-jwt (ES256)',
      variant: await start('express-jwt', { publicKeyPem: pemOf(es256.key().publicJwk) }),
      load: { path, headers: bearers(Array.from({ length: 1000 }, () => plainToken(es256))) },
    },
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

async function whenReady(variant: VariantProcess, size: number): Promise<void> {
  await until(
    async () => {
      const answer = await fetch(`${variant.url}/ready`);
      const { revoked } = (await answer.json()) as { revoked: number };
      return answer.ok && revoked >= size;
    },
    { timeoutMs: 30_000 },
  );
}

/** express-jwt refuses `at+jwt`, so its tokens have the usual type. */
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

function table(
  contenders: Record<string, Contender>,
  results: Record<string, Measured[]>,
  ratio: (a: string, b: string) => number,
): string {
  const lines = Object.entries(contenders).map(([name, { label }]) => {
    const measured = results[name] ?? [];
    const of = (pick: (one: Measured) => number) => format(median(measured.map(pick)));
    return `| ${label} | ${of((one) => one.requestsPerSecond)} | ${format(ratio(name, 'bare'))} | ${of((one) => one.cpuMicroseconds)} | ${of((one) => one.p99Ms)} |`;
  });
  return ['| variant | req/s | to bare | CPU µs per request | p99 ms |', '| --- | --- | --- | --- | --- |', ...lines].join('\n');
}
