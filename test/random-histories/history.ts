import type { HistoryRecord } from './history-record.ts';
import type { HistoryStack } from './history-stack.ts';
import type { TokenUses } from './judge-uses.ts';
import type { Life } from './life.ts';
import type { Send } from './send-calls.ts';

/** What all who act in a history share. */
export interface History {
  readonly stack: HistoryStack;
  readonly record: HistoryRecord;
  readonly send: Send;
  readonly uses: TokenUses;
  /** The keys of all tokens so far, by `kid`. */
  readonly keys: Map<string, Life>;
}
