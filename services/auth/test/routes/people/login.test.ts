import { sql } from 'drizzle-orm';
import t from 'tap';
import { sessions } from '../../../src/stores/schema.ts';
import { testAuth } from '../../test-auth.ts';

const { app, database } = await testAuth(t);
const { db } = database;

const credentials = { username: 'browser', password: 'a long enough password' };
await app.inject({ method: 'POST', url: '/register', payload: credentials });

function signIn(cookie = '') {
  return app.inject({ method: 'POST', url: '/login', payload: { ...credentials, delivery: 'cookie' }, headers: { cookie } });
}

t.test('a browser whose former session can not be ended keeps that one’s cookies: without them nobody could end it', async (t) => {
  const former = (await signIn()).cookies.map(({ name, value }) => `${name}=${value}`).join('; ');
  await db.execute(sql`
    create function refuse_end() returns trigger language plpgsql as $$
    begin raise exception 'not now' using errcode = '57P03'; end $$`);
  await db.execute(sql`
    create trigger refuse_end before update on ${sessions}
    for each row when (new.ended_at is not null) execute function refuse_end()`);
  const refused = await signIn(former);
  t.match(refused.json(), { status: 503, code: 'unavailable' });
  t.strictSame(refused.cookies, []);
  t.equal((await signIn()).statusCode, 200, 'where there was none, there is nothing to end');
  await db.execute(sql`drop trigger refuse_end on ${sessions}`);
  t.equal((await signIn(former)).statusCode, 200);
  t.equal((await app.inject({ url: '/me', headers: { cookie: former } })).statusCode, 401);
});
