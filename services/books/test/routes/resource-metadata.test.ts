import t from 'tap';
import { startBooksApp } from '../books-app.ts';

const app = await startBooksApp(t);

t.test('whoever has no token yet learns where to get one (RFC 9728)', async (t) => {
  const refused = await app.get('/books', { scope: null });
  t.equal(refused.statusCode, 401);
  const [, url] = /resource_metadata="([^"]+)"/.exec(String(refused.headers['www-authenticate'])) ?? [];
  t.equal(url, `${app.auth.options.issuer}/.well-known/oauth-protected-resource/books`);
  const metadata = await app.get(new URL(url ?? '').pathname, { scope: null });
  t.equal(metadata.statusCode, 200);
  t.equal(metadata.headers['cache-control'], 'public, max-age=3600');
  t.match(metadata.headers['content-type'], /^application\/json/);
  t.strictSame(metadata.json(), {
    resource: `${app.auth.options.issuer}/books`,
    authorization_servers: [app.auth.options.issuer],
    scopes_supported: ['books:read', 'books:write', 'books:delete'],
    bearer_methods_supported: ['header'],
  });
});
