import { readFileSync } from 'node:fs';
import { readGatewayTable } from '@countersign/testing';
import t from 'tap';
import { findRoute, PUBLIC_ROUTES } from '../../src/gateway/routes.ts';

const nginx = readFileSync(new URL('../../../gateway/nginx.conf', import.meta.url), 'utf8');

t.test('nginx and the embedded gateway admit the same paths: one that only one of them has fails here', (t) => {
  t.strictSame(ofNginx().toSorted(), ofEmbedded().toSorted());
  t.end();
});

t.test('nginx and the embedded gateway wait longer than usual for a service on the same paths, and equally long', (t) => {
  const admin = ['users', 'users/1/sessions', 'users/import', 'users/import/x', 'sessions', 'sessions/x', 'roles/clerk'];
  for (const path of ['/me', ...admin.map((below) => `/admin/${below}`)]) t.equal(findRoute(path)?.silenceMs, silenceByNginx(path), path);
  t.end();
});

/** Of the location of this path, where it has a limit of its own. */
function silenceByNginx(path: string): number | undefined {
  const locations = nginx.matchAll(/^ {4}location (=|~) (\S+) \{$.*?^ {4}\}$/gms);
  const own = [...locations].find(([, kind, pattern = '']) => (kind === '=' ? pattern === path : new RegExp(pattern).test(path)));
  const [, seconds] = /proxy_read_timeout (\d+)s;/.exec(own?.[0] ?? '') ?? [];
  return seconds === undefined ? undefined : Number(seconds) * 1000;
}

/** `/books and below: books`, of each line of the table in gateway/nginx.conf. */
function ofNginx(): string[] {
  return readGatewayTable().map(({ pattern, service }) => `${pattern.replace(/^~\^(.*)\(\?:\/\|\$\)$/, '$1 and below')}: ${service}`);
}

/** The same of local/src/gateway/routes.ts, whose routes with limits of their own nginx has beside its table. */
function ofEmbedded(): string[] {
  const isBelow = (path: string, to: string) =>
    PUBLIC_ROUTES.some((other) => other.below === true && other.to === to && path.startsWith(`${other.path}/`));
  return PUBLIC_ROUTES.filter(({ path, to }) => !isBelow(path, to)).map(
    ({ path, below, to }) => `${path}${below ? ' and below' : ''}: ${to}`,
  );
}
