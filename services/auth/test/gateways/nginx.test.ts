import t from 'tap';
import { holdsForwardAuth } from './forward-auth.ts';

t.test('nginx, as docs/forward-auth.md sets it up', (t) =>
  holdsForwardAuth(t, {
    name: 'nginx',
    preflightsAbove: '    proxy_pass http://auth:4001',
    args: (folder) => ['-p', folder, '-c', `${folder}/config`, '-g', 'daemon off; master_process off;'],
    wrap: (recipe, folder) => `pid ${folder}/pid; error_log stderr; events {}
http {
  access_log off;
  client_body_temp_path ${folder}/body; proxy_temp_path ${folder}/proxy;
  fastcgi_temp_path ${folder}/f; uwsgi_temp_path ${folder}/u; scgi_temp_path ${folder}/s;
${recipe}
}`,
  }),
);
