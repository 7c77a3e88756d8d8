import type { IncomingMessage } from 'node:http';
import t from 'tap';
import { responseHeaders } from '../../src/gateway/headers.ts';

t.test('what a service says of its connection is not passed on to the caller, who has another one', async (t) => {
  const own = ['Connection', 'Keep-Alive', 'Proxy-Connection', 'TE', 'Trailer', 'Transfer-Encoding', 'Upgrade'];
  const rawHeaders = ['Set-Cookie', 'a=1', ...own.flatMap((name) => [name, 'x']), 'set-cookie', 'b=2'];
  t.strictSame(responseHeaders({ rawHeaders } as IncomingMessage), ['Set-Cookie', 'a=1', 'set-cookie', 'b=2']);
});
