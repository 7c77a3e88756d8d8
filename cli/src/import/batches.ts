import type { RefusedLine, UserLine, UserToSend } from './read-users.ts';

export interface Batch {
  readonly users: readonly UserToSend[];
  readonly refused: readonly RefusedLine[];
  readonly lastLine: number;
}

/** Well below what auth accepts at once, and small enough for any gateway. */
const MAX_LINES = 1000;
const MAX_CHARACTERS = 500_000;

export async function* batchesOf(lines: AsyncIterable<UserLine>): AsyncGenerator<Batch> {
  let batch: UserLine[] = [];
  let characters = 0;
  for await (const line of lines) {
    batch.push(line);
    characters += 'json' in line ? line.json.length : 0;
    if (batch.length < MAX_LINES && characters < MAX_CHARACTERS) continue;
    yield toBatch(batch);
    [batch, characters] = [[], 0];
  }
  if (batch.length > 0) yield toBatch(batch);
}

function toBatch(lines: readonly UserLine[]): Batch {
  return {
    users: lines.filter((line) => 'json' in line),
    refused: lines.filter((line) => 'reason' in line),
    lastLine: lines.at(-1)?.line ?? 0,
  };
}
