// A process of the compose stack: creates the user demo through the gateway, and exits. It does so once per folder DATA_DIR, as npm start
// does; running it again changes nothing.
import { readFileSync } from 'node:fs';
import { makeFirstUsers } from './first-users.ts';

const { GATEWAY_URL = 'http://localhost:8080', DATA_DIR = '.data', DEMO_PASSWORD_FILE = '', ADMIN_PASSWORD_FILE = '' } = process.env;

await makeFirstUsers(GATEWAY_URL, DATA_DIR, {
  demoPassword: readFileSync(DEMO_PASSWORD_FILE, 'utf8'),
  adminPassword: readFileSync(ADMIN_PASSWORD_FILE, 'utf8'),
});
