import t from 'tap';
import { holdsForwardAuth } from './forward-auth.ts';

t.test('Caddy, as docs/forward-auth.md sets it up', (t) =>
  holdsForwardAuth(t, {
    name: 'caddy',
    preflightsAbove: '    forward_auth auth:4001',
    args: (folder) => ['run', '--config', `${folder}/config`, '--adapter', 'caddyfile'],
    wrap: (recipe) => `{\n  admin off\n  auto_https off\n}\n${recipe}`,
  }),
);
