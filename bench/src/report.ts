import { writeFile } from 'node:fs/promises';
import { type Bar, renderChart } from './chart.ts';
import type { Row } from './figure.ts';

export interface Result {
  readonly title: string;
  readonly rows: readonly Row[];
  readonly detail?: string;
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

On a shared host, what waits for memory slows down more than what computes, so that ratios get worse, too. What other runs had,
the goals in brackets (a dash: not measured; the tables after this one are one whole run):

| when, on what | a bare route, req/s | warm token to it (0.95) | CPU added (2 µs) | to a session in Redis (2.5) | a miss (1.15) | logins (0.9) |
| --- | --- | --- | --- | --- | --- | --- |
| 27 November, a busy EPYC | 12,000 and 29,000 | 0.82 | up to 10 µs | 2.2 | – | – |
| 27 November, a busy Xeon | 40,000 | 0.88 to 0.93 | 3 to 5 µs | 2.48 | – | – |
| 27 November, a quiet EPYC | 60,000 | 0.91 | 1.9 µs | – | – | – |
| 28 November, a quiet Xeon | 84,000 | 0.91 | 1.39 µs | 2.76 | 1.17, later 1.08 and 1.09 | 0.79 |
| 28 November, another EPYC | 82,000 | 0.92 | 0.92 µs | 2.44 | 1.09 | 0.71 |
| 28 November, the EPYC of the tables below, before them | 81,000 | 0.94 | 0.81 µs | 2.52 | 1.07 | 0.75 |
| the same, after them | 81,000 | 0.95, just below the goal | 0.73 µs | 2.53 | – | – |
| 29 November, a busy EPYC, a whole run | 25,000 | 0.89 | 1.86 µs | 2.00 | 1.13 | 0.71 |
| the same day, another as busy, a whole run | 25,000 | 0.89 | 5.97 µs | 2.04 | 1.11 | 0.74 |
| the same day, a Xeon, a whole run | 42,000 | 1.01 | none | 2.60 | 1.23, again 1.25 | 0.71 |
| the same day, a quiet but slower EPYC | 58,000 | 0.89 | 1.80 µs | 2.63 | 1.08 | – |
| the same day, another slow EPYC, a short run | 30,000 | 0.88 | 0.88 µs | 2.40 | 1.10 | 0.86 |

So a route with a warm token has 0.91 to 0.95 of a bare one on a quiet machine: the goal is its best case. On the Xeon of 29 November it had
more than a bare one, which is luck: the same server's public route had 1.09. The busy EPYCs of that day, where a request to any route took
3.5 times as long, missed two more goals: 4.66 and 4.16 times @fastify/jwt without cache and a Redis EXISTS, and on the first a p99 of 53 ms
from a revocation to its refusal under 650 others a second, which was all that it could make (27 ms under 950 on the second). A miss got its
better figures when the decoder of tokens was replaced. On that Xeon it missed its goal again: taking a token apart takes 5 µs there in a
loop, and 8 to 30 where it comes once in a turn of the event loop, after a verification. GET /books/{id} had 1.00 and 0.95 on the quiet
Xeon, and 0.89 to 0.99 in shorter runs: processes of the same code differ by a quarter. V8's semi-space makes no difference: with 4, 8 and
16 MB a route had 0.89 to 0.95 of a bare one with the same.

Where the 2 µs of a warm token go (\`perf\` on the other EPYC of 28 November): 0.9 to the look-up and the comparison of a token whose memory
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
