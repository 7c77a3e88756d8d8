// `npm run bench` measures every figure and writes bench/README.md and bench/throughput.svg;
// `npm run bench -- one-token` measures one and writes nothing. BENCH_EFFORT=0.2 is quicker and less exact.
import { startPostgres, startRedis } from '@countersign/testing';
import type { BenchContext, Figure } from './figure.ts';
import { flood } from './figures/flood.ts';
import { oneToken } from './figures/one-token.ts';
import { revocationReach } from './figures/revocation-reach.ts';
import { revokedMemory } from './figures/revoked-memory.ts';
import { warmRoute } from './figures/warm-route.ts';
import { describeMachine } from './machine.ts';
import { type Result, renderReport, writeReport } from './report.ts';

const FIGURES: readonly Figure[] = [oneToken, warmRoute, flood, revocationReach, revokedMemory];

const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !FIGURES.some((figure) => figure.name === name));
if (unknown.length > 0) {
  console.error(`There is no figure ${unknown.join(', ')}. There are: ${FIGURES.map(({ name }) => name).join(', ')}.`);
  process.exit(1);
}

const undo: (() => Promise<void> | void)[] = [];
const teardown = (work: () => Promise<void> | void) => void undo.unshift(work);
try {
  const context: BenchContext = {
    redis: await startRedis({ teardown }),
    postgresUrl: (await startPostgres({ teardown })).url,
    effort: Number(process.env['BENCH_EFFORT'] ?? 1),
    teardown,
    progress: (message) => process.stderr.write(`  ${message}\n`),
  };
  const results: Result[] = [];
  for (const figure of FIGURES) {
    if (wanted.length > 0 && !wanted.includes(figure.name)) continue;
    process.stderr.write(`${figure.title}\n`);
    results.push({ title: figure.title, ...(await figure.run(context)) });
  }
  console.log(renderReport(describeMachine(), results));
  if (wanted.length === 0) await writeReport(describeMachine(), results);
} finally {
  for (const work of undo) await work();
}
