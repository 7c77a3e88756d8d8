import { createPublicKey, verify } from 'node:crypto';
import { testIssuer } from '@countersign/testing';
import { DEFAULT_AUDIENCE } from '@countersign/tokens';
import { type RevocationView, startKeySource } from '@countersign/verifier';
import { createJudge, type Judge } from '@countersign/verifier/parts';
import { atLeast, atMost, type Figure, told } from '../figure.ts';
import { median } from '../statistics.ts';

const TOKENS = 2000;

const nothingRevoked: RevocationView = { isKidRevoked: () => false, isRevoked: () => false, isFresh: () => true, notReady: () => null };

/** One token judged within a process, without HTTP: one seen before, and a new one. */
export const oneToken: Figure = {
  name: 'one-token',
  title: 'One token, in process',
  async run({ effort }) {
    const issuer = await testIssuer();
    const keys = startKeySource({ load: async () => ({ keys: issuer.jwks().keys, maxAgeSeconds: 3600 }) });
    await new Promise(setImmediate);
    const rules = { issuer: issuer.issuer, audience: [DEFAULT_AUDIENCE], algorithms: ['EdDSA'] as const, clockToleranceSeconds: 5 };
    const tokens = Array.from({ length: TOKENS }, () => issuer.sign());
    const received = tokens.map((token) => Buffer.from(`Bearer ${token}`));
    const publicKey = createPublicKey({ key: { ...issuer.key().publicJwk }, format: 'jwk' });
    const raw = tokens.map((token) => {
      const dot = token.lastIndexOf('.');
      return { signed: Buffer.from(token.slice(0, dot)), signature: Buffer.from(token.slice(dot + 1), 'base64url') };
    });

    const rounds = { raw: [] as number[], miss: [] as number[], warm: [] as number[] };
    for (let round = 0; round < Math.max(3, Math.round(15 * effort)); round += 1) {
      const judge = createJudge({ ...rules, keys, revocations: nothingRevoked });
      // One turn of the event loop for each: so do new tokens arrive, except in a burst, which this figure isn't about.
      rounds.raw.push(await microsecondsInTurns(raw, async ({ signed, signature }) => verify(null, signed, publicKey, signature)));
      rounds.miss.push(await microsecondsInTurns(tokens, async (token) => 'claims' in (await judge(token, 'reject'))));
      rounds.warm.push(median(Array.from({ length: 30 }, () => lookUp(judge, received))));
    }
    keys.close();
    const missToRaw = median(rounds.miss.map((value, round) => value / (rounds.raw[round] ?? Number.NaN)));
    return {
      rows: [
        atMost('look-up of a warm token', median(rounds.warm), 0.5, ' µs'),
        atLeast('a raw Ed25519 verification to a warm look-up', median(rounds.raw) / median(rounds.warm), 100),
        atMost('a miss (whole judgement of a new token) to a raw Ed25519 verification', missToRaw, 1.15),
        told('a raw Ed25519 verification', median(rounds.raw), ' µs'),
      ],
    };
  },
};

/** Gives each request a string of its own that nothing has looked at before. */
function lookUp(judge: Judge, received: readonly Buffer[]): number {
  const headers = received.map((bytes) => bytes.toString('latin1'));
  return microseconds(headers.length, () => {
    for (const header of headers) mustHold('claims' in judge.authorization(header, 'reject'));
  });
}

function mustHold(good: boolean): void {
  if (!good) throw new Error('a good token was refused: this would measure the wrong thing');
}

/** Counts the work alone, not the time between turns. */
async function microsecondsInTurns<Item>(items: readonly Item[], work: (item: Item) => Promise<boolean>): Promise<number> {
  let totalMs = 0;
  for (const item of items) {
    await new Promise(setImmediate);
    const startMs = performance.now();
    mustHold(await work(item));
    totalMs += performance.now() - startMs;
  }
  return (totalMs * 1000) / items.length;
}

/** The CPU time of this thread would be better, but Node reports only that of the process. */
function microseconds(operations: number, work: () => void): number {
  const start = performance.now();
  work();
  return ((performance.now() - start) * 1000) / operations;
}
