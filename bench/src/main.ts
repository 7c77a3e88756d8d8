import { startRedis } from '@countersign/testing';
import { describeMachine } from './machine.ts';
import type { BenchContext } from './figure.ts';
import { warmRoute } from './figures/warm-route.ts';

const figures = [warmRoute];
const undo: (() => Promise<void> | void)[] = [];
const teardown = (work: () => Promise<void> | void) => void undo.unshift(work);
try {
const redis = await startRedis({ teardown });
const context: BenchContext = { redis, postgresUrl: '', effort: Number(process.env['BENCH_EFFORT'] ?? 1), teardown, progress: (m) => process.stderr.write(`  ${m}\n`) };
console.log(describeMachine());
for (const figure of figures) {
  const { rows, detail } = await figure.run(context);
  console.log(`## ${figure.title}`);
  for (const row of rows) console.log(row);
  console.log(detail);
}
} finally {
for (const work of undo) await work();
}
