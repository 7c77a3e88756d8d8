import { Type } from 'typebox';
import type { Context } from '../command.ts';
import { Refusal } from '../failures.ts';
import { inWords, openInput } from '../input/read-text.ts';
import type { Output } from '../output/output.ts';
import { type Batch, inBatches } from './batches.ts';
import { createProgress } from './progress.ts';
import { parseFormat, type RefusedLine, readUsers } from './read-users.ts';

interface Report {
  imported: number;
  readonly refused: RefusedLine[];
}

const BatchReport = Type.Object({
  imported: Type.Integer(),
  refused: Type.Array(Type.Object({ line: Type.Integer(), reason: Type.String() })),
});

const BATCH_TIMEOUT_MS = 60_000;

/** Sends a file of users in batches, tells on standard error how far it is, and gives a report. @returns the exit code */
export async function importUsers(file: string, format: string | undefined, { io, api, output }: Context): Promise<number> {
  const users = readUsers(inWords(file, openInput(io, file)), parseFormat(file, format));
  const report: Report = { imported: 0, refused: [] };
  const progress = createProgress(io.stderr);
  let done = 0;
  try {
    for await (const batch of inBatches(users)) {
      await send(batch);
      done = batch.lastLine;
      progress.tell(`line ${done}: ${report.imported} imported, ${report.refused.length} refused`);
    }
  } catch (cause) {
    if (!(cause instanceof Refusal) || done === 0) throw cause;
    const advice = `Up to line ${done} everything was sent. Send the file again: users that are there already are then refused as taken.`;
    throw new Refusal(`${cause.message}\n${advice}`, { cause });
  } finally {
    progress.end();
    // Also when it breaks off: what was imported until then stays.
    if (done > 0) await tell(output, report);
  }
  return report.refused.length === 0 ? 0 : 1;

  async function send({ users, refused }: Batch): Promise<void> {
    report.refused.push(...refused);
    if (users.length === 0) return;
    const jsonLines = users.map(({ json }) => json).join('\n');
    const answer = await api.change('POST', '/admin/users/import', BatchReport, { jsonLines, timeoutMs: BATCH_TIMEOUT_MS });
    report.imported += answer.imported;
    report.refused.push(...answer.refused.map(({ line, reason }) => ({ line: users[line - 1]?.line ?? 0, reason })));
  }
}

async function tell(output: Output, { imported, refused }: Report): Promise<void> {
  refused.sort((a, b) => a.line - b.line);
  if (!output.json && refused.length > 0) await output.rows(['line', 'reason'], onePage(refused));
  await output.done(`${imported} imported, ${refused.length} refused.`, { imported, refused });
}

async function* onePage<Row>(rows: readonly Row[]): AsyncGenerator<readonly Row[]> {
  yield rows;
}
