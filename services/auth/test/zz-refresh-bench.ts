import { testDatabase } from '@countersign/testing';
import { connectPostgres, connectRedis, loadConfig } from '@countersign/service';
import { testRedis } from '@countersign/testing';
import { randomBytes } from 'node:crypto';
import postgres from 'postgres';
import { settings } from '../src/config.ts';
import { migrations } from '../src/migrations.ts';
import { startAuth } from '../src/start.ts';
const downs: (() => unknown)[] = [];
const t = { teardown: (f: () => unknown) => downs.unshift(f) } as never;
const { url } = await testDatabase(t, { migrations });
const r = await testRedis(t);
const s = () => randomBytes(32).toString('base64');
const config = loadConfig(settings, { ISSUER: 'http://localhost:8080', DATABASE_URL: url!, REDIS_URL: r.url, KEY_ENCRYPTION_KEY: s(), REFRESH_TOKEN_SECRET: s(), LOGIN_ATTEMPTS_PER_ADDRESS: '1000000', LOG_LEVEL: 'warn' });
const pg = connectPostgres(url!);
const app = await startAuth({ config, db: pg.db, redis: connectRedis(r.url) });
const addr = await app.listen({ port: 0, host: '127.0.0.1' });
const cred = { username: 'bench', password: 'a long enough password' };
const post = (p: string, b: object) => fetch(addr + p, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(b) }).then((x) => x.json() as any);
await post('/register', cred);
const N = 10;
const sql = postgres(url!, { max: N });
const sids: string[] = [];
const tokens = await Promise.all(Array.from({ length: N }, async () => { const x = await post('/login', cred); sids.push(JSON.parse(Buffer.from(x.access_token.split('.')[1], 'base64url').toString()).sid); return x.refresh_token as string; }));
async function loop(ms: number, f: (i: number) => Promise<unknown>) {
  const end = performance.now() + ms; let n = 0;
  await Promise.all(Array.from({ length: N }, async (_, i) => { while (performance.now() < end) { await f(i); n++; } }));
  return n / (ms / 1000);
}
const bare = (i: number) => sql`update sessions set generation = generation where id = ${sids[i]!} returning *`;
for (let round = 0; round < 3; round++) {
  const b = await loop(2000, bare);
  const c0 = process.cpuUsage(); const t0 = performance.now(); let cnt = 0;
  const inj = await loop(2000, async (i) => { const x = await app.inject({ method: 'POST', url: '/refresh', payload: { refresh_token: tokens[i] } }); if (x.statusCode !== 200) console.log(x.statusCode, x.body); tokens[i] = x.json().refresh_token; });
  const c1 = process.cpuUsage(c0); console.log('cpu us/req', ((c1.user + c1.system) / (inj * 2)).toFixed(0), 'main busy', ((c1.user + c1.system) / 1000 / (performance.now() - t0)).toFixed(2));
  const h = process.env.INJ ? 0 : await loop(2000, async (i) => { tokens[i] = (await post('/refresh', { refresh_token: tokens[i] })).refresh_token; });
  console.log('bare', b, 'inject', inj, (inj / b).toFixed(2), 'http(fetch)', h, (h / b).toFixed(2));
}
process.exit(0);
