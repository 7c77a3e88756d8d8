// A separate process, for the compose stack: creates the user demo through the gateway, and exits. Running it again changes nothing.
import { readFileSync } from 'node:fs';
import { makeMember } from './first-users.ts';

const { GATEWAY_URL = 'http://localhost:8080', DEMO_PASSWORD_FILE = '', ADMIN_PASSWORD_FILE = '' } = process.env;

await makeMember(GATEWAY_URL, {
  demo: { username: 'demo', password: readFileSync(DEMO_PASSWORD_FILE, 'utf8') },
  admin: { username: 'admin', password: readFileSync(ADMIN_PASSWORD_FILE, 'utf8') },
});
