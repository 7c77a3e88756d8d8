import { Type } from 'typebox';
import type { Context } from '../command.ts';
import { Refusal, Unanswered } from '../failures.ts';
import { openInput, readOrRefuse } from '../input/read-text.ts';
import type { Output } from '../output/output.ts';
import { type Batch, batchesOf } from './batches.ts';
import { createProgress } from './progress.ts';
import { parseFormat, type RefusedLine, readUsers } from './read-users.ts';

interface Report {
  imported: number;
  readonly refused: RefusedLine[];
  /** How many users were sent without an answer. */
  unknown: number;
}

const BatchReport = Type.Object({
  imported: Type.Integer(),
  refused: Type.Array(Type.Object({ line: Type.Integer(), reason: Type.String() })),
});

const BATCH_TIMEOUT_MS = 60_000;

/** Sends a file of users in batches, shows progress on standard error, and reports at the end. @returns the exit code */
export async function importUsers(file: string, format: string | undefined, { io, api, output }: Context): Promise<number> {
  const users = readUsers(readOrRefuse(file, openInput(io, file)), parseFormat(file, format));
  const report: Report = { imported: 0, refused: [], unknown: 0 };
  const progress = createProgress(io.stderr);
  let done = 0;
  try {
    for await (const batch of batchesOf(users)) {
      await send(batch);
      done = batch.lastLine;
      progress.tell(`line ${done}: ${report.imported} imported, ${report.refused.length} refused`);
    }
  } catch (cause) {
    if (done === 0 && report.unknown === 0) throw cause;
    // What has been imported stays.
    await finish();
    throw cause instanceof Refusal ? new Refusal(`${cause.message}\n${howToGoOn(done, report)}`, { cause }) : cause;
  }
  await finish();
  return report.refused.length === 0 ? 0 : 1;

  async function finish(): Promise<void> {
    progress.end();
    await tell(output, report);
  }

  async function send({ users, refused }: Batch): Promise<void> {
    report.refused.push(...refused);
    if (users.length === 0) return;
    const jsonLines = users.map(({ json }) => json).join('\n');
    const answer = await api
      .change('POST', '/admin/users/import', BatchReport, { jsonLines, timeoutMs: BATCH_TIMEOUT_MS })
      .catch((error: Error) => {
        if (error instanceof Unanswered) report.unknown = users.length;
        throw error;
      });
    report.imported += answer.imported;
    report.refused.push(...answer.refused.map(({ line, reason }) => ({ line: users[line - 1]?.line ?? 0, reason })));
  }
}

function howToGoOn(done: number, report: Report): string {
  const where = done > 0 ? ` after line ${done}` : '';
  return `The import broke off${where}: ${summaryOf(report)}. Import the same file again to continue: users that already exist are refused as taken, and none is added twice.`;
}

function summaryOf({ imported, refused, unknown }: Report): string {
  return `${imported} imported, ${refused.length} refused${unknown > 0 ? `, ${unknown} sent without an answer, outcome unknown` : ''}`;
}

async function tell(output: Output, report: Report): Promise<void> {
  const { refused } = report;
  refused.sort((a, b) => a.line - b.line);
  if (!output.json && refused.length > 0) await output.rows(['line', 'reason'], onePage(refused));
  await output.done(`${summaryOf(report)}.`, { ...report });
}

async function* onePage<Row>(rows: readonly Row[]): AsyncGenerator<readonly Row[]> {
  yield rows;
}
