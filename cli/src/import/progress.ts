import type { Io } from '../io.ts';

const TELL_EVERY = 10;

/** Shows progress: at a terminal as a line that is rewritten, elsewhere as a line now and then. */
export function createProgress(stderr: Io['stderr']): { tell(text: string): void; end(): void } {
  let told = 0;
  return {
    tell(text) {
      told += 1;
      if (stderr.isTTY) stderr.write(`\r\u001b[K${text}`);
      else if (told % TELL_EVERY === 0) stderr.write(`${text}\n`);
    },
    end() {
      if (stderr.isTTY && told > 0) stderr.write('\r\u001b[K');
    },
  };
}
