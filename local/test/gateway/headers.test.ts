import { readFileSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import t from 'tap';
import { PASSED_HEADERS, requestHeaders, responseHeaders } from '../../src/gateway/headers.ts';

t.test('both gateways pass on the same headers: one that only one of them passes on fails here', async (t) => {
  const nginx = readFileSync(new URL('../../../gateway/nginx.conf', import.meta.url), 'utf8');
  const passed = [...nginx.matchAll(/^ *proxy_set_header ([\w-]+) \$http_\w+;$/gm)].map(([, name = '']) => name.toLowerCase());
  // nginx takes the length from the request by itself, and the host for X-Forwarded-Host, too.
  const expected = new Set([...passed, 'content-length']);
  expected.delete('x-forwarded-host');
  t.strictSame(PASSED_HEADERS.toSorted(), [...expected].toSorted());
});

t.test('what a service says of its connection is not passed on to the caller, who has another one', async (t) => {
  const own = ['Connection', 'Keep-Alive', 'Proxy-Connection', 'TE', 'Trailer', 'Transfer-Encoding', 'Upgrade'];
  const rawHeaders = ['Set-Cookie', 'a=1', ...own.flatMap((name) => [name, 'x']), 'set-cookie', 'b=2'];
  t.strictSame(responseHeaders({ rawHeaders } as IncomingMessage), ['Set-Cookie', 'a=1', 'set-cookie', 'b=2']);
});

t.test('a header that is sent twice is passed on twice: the service refuses it, where the gateway would have to choose one', async (t) => {
  const rawHeaders = ['Host', 'x', 'Authorization', 'Bearer a', 'X-Auth-Subject', 'admin', 'authorization', 'Bearer b'];
  const request = { method: 'GET', rawHeaders, headers: { host: 'x' }, socket: { remoteAddress: '127.0.0.1' } };
  t.strictSame(requestHeaders(request as unknown as IncomingMessage, 'r-1'), [
    ...['Host', 'x', 'Authorization', 'Bearer a', 'authorization', 'Bearer b', 'x-request-id', 'r-1'],
    ...['x-forwarded-for', '127.0.0.1', 'x-forwarded-host', 'x', 'x-forwarded-proto', 'http'],
  ]);
});
