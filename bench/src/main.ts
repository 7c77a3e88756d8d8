// `npm run bench` measures every figure and writes bench/README.md and bench/throughput.svg;
// `npm run bench -- one-token` measures one and writes nothing. BENCH_EFFORT=0.2 is quicker and less exact.
import { startPostgres } from '@countersign/testing';
import type { Figure } from './figure.ts';
import { bookPages } from './figures/book-pages.ts';
import { bookRoute } from './figures/book-route.ts';
import { clientTokens } from './figures/client-tokens.ts';
import { flood } from './figures/flood.ts';
import { forwardAuth } from './figures/forward-auth.ts';
import { logins } from './figures/logins.ts';
import { oneToken } from './figures/one-token.ts';
import { refreshes } from './figures/refreshes.ts';
import { revocationReach } from './figures/revocation-reach.ts';
import { revokedMemory } from './figures/revoked-memory.ts';
import { tokenSize } from './figures/token-size.ts';
import { warmRoute } from './figures/warm-route.ts';
import { describeMachine } from './machine.ts';
import { type Result, renderReport, writeReport } from './report.ts';

const FIGURES: readonly Figure[] = [
  oneToken,
  warmRoute,
  flood,
  revocationReach,
  revokedMemory,
  bookRoute,
  bookPages,
  refreshes,
  logins,
  clientTokens,
  forwardAuth,
  tokenSize,
];

const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !FIGURES.some((figure) => figure.name === name));
if (unknown.length > 0) {
  console.error(`There is no figure ${unknown.join(', ')}. There are: ${FIGURES.map(({ name }) => name).join(', ')}.`);
  process.exit(1);
}

const results: Result[] = [];
const effort = Number(process.env.BENCH_EFFORT ?? 1);
await withTeardown(async (teardown) => {
  const { url: postgresUrl } = await startPostgres({ teardown }, { durable: true });
  for (const figure of FIGURES) {
    if (wanted.length > 0 && !wanted.includes(figure.name)) continue;
    process.stderr.write(`${figure.title}\n`);
    const progress = (message: string) => process.stderr.write(`  ${message}\n`);
    // What a figure starts ends with it, so that no figure runs beside another's servers.
    await withTeardown(async (own) => {
      results.push({ title: figure.title, ...(await figure.run({ postgresUrl, effort, progress, teardown: own })) });
    }).catch((error: unknown) => {
      process.exitCode = 1;
      console.error(error);
      results.push({
        title: figure.title,
        rows: [],
        detail: `Could not be measured: ${error instanceof Error ? error.message : String(error)}`,
      });
    });
  }
});
const machine = `${await describeMachine()}${effort === 1 ? '' : `; BENCH_EFFORT=${effort}`}`;
console.log(renderReport(machine, results));
if (wanted.length === 0) await writeReport(machine, results);

async function withTeardown(work: (teardown: (undo: () => Promise<void> | void) => void) => Promise<void>): Promise<void> {
  const undo: (() => Promise<void> | void)[] = [];
  try {
    await work((one) => void undo.unshift(one));
  } finally {
    // Goes on after a failure: the others have servers to end, too.
    for (const one of undo) await Promise.resolve().then(one).catch(console.error);
  }
}
