import { writeFile } from 'node:fs/promises';
import { type Bar, renderChart } from './chart.ts';
import type { Row } from './figure.ts';

export interface Result {
  readonly title: string;
  readonly rows: readonly Row[];
  /** A table of everything that was measured on the way. */
  readonly detail?: string;
  /** The bars of the chart. */
  readonly bars?: readonly Bar[];
}

export function renderReport(machine: string, results: readonly Result[]): string {
  const sections = results.map(({ title, rows, detail }) =>
    [`## ${title}`, ...(rows.length === 0 ? [] : [renderRows(rows)]), ...(detail === undefined ? [] : [detail])].join('\n\n'),
  );
  return [`${new Date().toISOString().slice(0, 10)}, ${machine}.`, ...sections].join('\n\n');
}

function renderRows(rows: readonly Row[]): string {
  const lines = rows.map(
    ({ figure, value, goal, reached }) => `| ${figure} | ${value} | ${goal} | ${reached === null ? '' : reached ? 'yes' : '**no**'} |`,
  );
  return ['| figure | measured | goal | reached |', '| --- | --- | --- | --- |', ...lines].join('\n');
}

const INTRODUCTION = `# Figures

Written by \`npm run bench\`, which starts everything that it needs. Variants run in separate processes and in turn, round by
round. A figure is the median of the rounds, a ratio the median of the rounds' ratios. Ratios hold on other machines, absolute
values don't. Where variants are compared as processes, each round starts new ones, warms them up and measures them in turns of a
second. A missed goal is reported as missed.

On a shared host, what waits for memory slows down more than what computes, so that ratios get worse, too. Where a bare route made
40,000 requests a second (a busy Xeon, 27 November 2026), a route with a warm token had 0.88 to 0.93 of that, added 3 to 5 µs of CPU,
and was 2.48 times as fast as a session in Redis; where the bare route made 29,000 (a busy EPYC) or 12,000, it had 0.82, added up to
10 µs, and was 2.2 times as fast. On a quiet EPYC, with 60,000, it had 0.91 and added 1.9 µs.

On a quiet Xeon (28 November 2026) a miss was 1.10 to 1.17 of a raw verification in four runs, the whole one of that day among them; then
the decoder of tokens was replaced, and it was 1.08 and 1.09 (\`npm run bench -- one-token\`, twice). GET /books/{id} had 1.00 and
0.95 there, both with the same CPU as without the verifier; shorter runs had 0.89 to 0.99, since processes of the same code take 34 to
45 µs.

On another EPYC, on the same evening (82,000 requests a second; \`npm run bench -- one-token warm-route\`, and \`logins\` and \`refreshes\` alone) a miss
was 1.09, a route with a warm token had 0.92 and added 0.92 µs, and was 2.44 times as fast as a session in Redis, which misses its goal;
logins had 0.71, refreshes 1.35. V8's semi-space makes no difference: with 4, 8 and 16 MB a route had 0.89 to 0.95 of a bare one with the same.

Where the 2 µs of a warm token go (\`perf\` on that EPYC, 28 November 2026): 0.9 to the look-up and the comparison of a token whose memory
has left the processor's caches since its last request, which take 0.2 where it hasn't; 0.5 to Node's own HTTP code, which
is compiled for more kinds of objects in a process that also follows Redis and fetches keys; 0.1 to Fastify's hook.

![Throughput of a protected route](throughput.svg)
`;

export async function writeReport(machine: string, results: readonly Result[]): Promise<void> {
  const folder = new URL('../', import.meta.url);
  await writeFile(new URL('README.md', folder), `${INTRODUCTION}\n${renderReport(machine, results)}\n`);
  const bars = results.flatMap((result) => result.bars ?? []);
  if (bars.length > 0)
    await writeFile(new URL('throughput.svg', folder), renderChart('Requests per second, relative to a bare Fastify route', bars));
}
