import type { LocalStack } from './local-stack.ts';
import { SERVICES } from './services.ts';

export function welcome(stack: LocalStack): string {
  const { gateway, redis, dataDir } = stack;
  const { demo, admin } = stack.users;
  const services = SERVICES.map((name) => `${name} ${stack[name]}`).join(', ');
  return `
Countersign is running at ${gateway}   (${services})
Its API, to read in a browser: ${gateway}/docs and ${gateway}/books/docs
For a service of your own: ISSUER=${gateway} REDIS_URL=${redis}

  user    ${demo.username}    password  ${demo.password}    member: reads and writes books
  user    ${admin.username}   password  ${admin.password}    admin: deletes them too, and administers

Sign in, read books, refresh, sign out; the last line is refused within milliseconds (token extracts one value from curl's output):

TOKENS=$(curl -s ${gateway}/login -H 'Content-Type: application/json' -d '{"username":"${demo.username}","password":"${demo.password}"}')
token() { echo "$TOKENS" | sed "s/.*\\"$1\\":\\"\\([^\\"]*\\)\\".*/\\1/"; }
curl -s ${gateway}/books -H "Authorization: Bearer $(token access_token)"; echo
TOKENS=$(curl -s -X POST ${gateway}/refresh -H "Authorization: Bearer $(token refresh_token)")
curl -s ${gateway}/books/1 -H "Authorization: Bearer $(token access_token)"; echo
curl -s -X POST ${gateway}/logout -H "Authorization: Bearer $(token refresh_token)"
curl -s ${gateway}/books -H "Authorization: Bearer $(token access_token)"; echo

Embedded stand-ins, for trying things out and development, not for production:
  PGlite for Postgres     one connection per service, no users or network; data in ${dataDir}
  js-redis-server for Redis     in memory; the list of revocations is rebuilt from auth's database at each start
The real ones: docker compose up. Ctrl-C stops this.
`;
}
