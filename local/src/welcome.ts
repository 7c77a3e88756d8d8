import type { LocalStack } from './local-stack.ts';
import { SERVICES } from './services.ts';

export function welcome(stack: LocalStack): string {
  const { gateway, redis, dataDir } = stack;
  const { demo, admin } = stack.users;
  const services = SERVICES.map((name) => `${name} ${stack[name]}`).join(', ');
  return `
Countersign is running at ${gateway}   (${services})
API reference, for a browser: ${gateway}/docs and ${gateway}/books/docs
For a service of your own: ISSUER=${gateway} REDIS_URL=${redis}

  user    ${demo.username}    password  ${demo.password}    member: reads and writes books
  user    ${admin.username}   password  ${admin.password}    admin: deletes them too, and administers

Try it: sign in, read books, refresh, sign out. The last line is refused, because signing out has revoked its token.
(token is a shell function that extracts one value from curl's output.)

TOKENS=$(curl -s ${gateway}/login -H 'Content-Type: application/json' -d '{"username":"${demo.username}","password":"${demo.password}"}')
token() { echo "$TOKENS" | sed "s/.*\\"$1\\":\\"\\([^\\"]*\\)\\".*/\\1/"; }
curl -s ${gateway}/books -H "Authorization: Bearer $(token access_token)"; echo
TOKENS=$(curl -s -X POST ${gateway}/refresh -H "Authorization: Bearer $(token refresh_token)")
curl -s ${gateway}/books/1 -H "Authorization: Bearer $(token access_token)"; echo
curl -s -X POST ${gateway}/logout -H "Authorization: Bearer $(token refresh_token)"
curl -s ${gateway}/books -H "Authorization: Bearer $(token access_token)"; echo

Embedded stand-ins, for development and for trying things out, not for production:
  PGlite for Postgres     one connection per service, no users or network; data in ${dataDir}
  js-redis-server for Redis     in memory; the list of revocations is rebuilt from auth's database at each start
With the real ones: docker compose up. Ctrl-C stops this.
`;
}
