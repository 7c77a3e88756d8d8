import { readGatewayTable } from '@countersign/testing';
import t from 'tap';
import { PUBLIC_ROUTES } from '../../src/gateway/routes.ts';

t.test('nginx and the embedded gateway admit the same paths: one that only one of them has fails here', (t) => {
  t.strictSame(ofNginx().toSorted(), ofEmbedded().toSorted());
  t.end();
});

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
