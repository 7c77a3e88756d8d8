import t from 'tap';
import { freePort } from '../src/index.ts';

/** The first port that Linux gives to whoever connects, by its default; other systems begin later. */
const FIRST_EPHEMERAL_PORT = 32_768;

t.test('a free port is none that the system gives to whoever connects, so it stays free', async (t) => {
  const port = await freePort();
  t.ok(port < FIRST_EPHEMERAL_PORT, `${port}`);
  t.ok(port + 10_000 < FIRST_EPHEMERAL_PORT, 'and so is the port of the bus that a node of a Redis cluster opens beside it');
});

t.test('ports that are asked for at once are different ones', async (t) => {
  const ports = await Promise.all(Array.from({ length: 200 }, () => freePort()));
  t.equal(new Set(ports).size, 200);
});
