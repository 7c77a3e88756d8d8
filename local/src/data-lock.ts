import { createHash, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { link, rename, rm } from 'node:fs/promises';
import { connect, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { StartError } from '@countersign/problems';

/** Some systems truncate or refuse longer socket addresses (macOS: 104 bytes with the final zero), also of a socket moved away. */
const LONGEST_SOCKET_PATH = 103 - '.12345678'.length;
/** A process that has just been killed may take a moment to exit. */
const ATTEMPTS = 10;
const PAUSE_MS = 100;
const ANSWER_MS = 1000;

/**
 * Makes sure that only one process uses this folder: PGlite has no lock of its own, and two writers silently lose rows. A listening socket
 * ends with its process, even on kill -9; a pid in a file doesn't.
 *
 * @throws StartError when another process has it, or nobody may write to it
 */
export async function lockData(folder: string): Promise<{ release(): Promise<void> }> {
  const address = lockAddress(folder);
  for (let attempt = 1; attempt <= ATTEMPTS; attempt += 1) {
    const server = await listen(address);
    if (server !== null) return { release: () => close(server) };
    if (await isAlive(address)) await sleep(PAUSE_MS);
    else await removeStale(address);
  }
  throw new StartError(
    `Countersign is already running on the data in ${folder}${await describeHolder(address)}. Stop it, or give this one a folder and ports of its own:\n  DATA_DIR=.data-2 GATEWAY_PORT=0 AUTH_PORT=0 BOOKS_PORT=0 npm start`,
  );
}

function lockAddress(folder: string): string {
  const inFolder = join(folder, 'lock.sock');
  const digest = createHash('sha256').update(folder).digest('hex').slice(0, 32);
  return Buffer.byteLength(inFolder) <= LONGEST_SOCKET_PATH ? inFolder : join(tmpdir(), `countersign-${digest}.sock`);
}

async function listen(address: string): Promise<Server | null> {
  const server = createServer((socket) => socket.on('error', () => {}).end(`${process.pid}`, () => socket.destroy()));
  server.unref();
  server.listen(address);
  try {
    await once(server, 'listening');
    return server;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EADDRINUSE') return null;
    throw new StartError(`The lock ${address} can't be created. Set DATA_DIR to choose another folder.`, { cause: error });
  }
}

async function isAlive(address: string): Promise<boolean> {
  const socket = connect(address);
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}

async function describeHolder(address: string): Promise<string> {
  const socket = connect(address);
  try {
    const [pid] = await once(socket, 'data', { signal: AbortSignal.timeout(ANSWER_MS) });
    return `, as process ${pid}`;
  } catch {
    return '';
  } finally {
    socket.destroy();
  }
}

/** A killed process leaves its socket's file. Moves it away before examining it, so that of two starts only one takes it. */
async function removeStale(address: string): Promise<void> {
  const moved = `${address}.${randomUUID().slice(0, 8)}`;
  try {
    await rename(address, moved);
    if (await isAlive(moved)) await link(moved, address);
  } catch (error) {
    if (!['ENOENT', 'EEXIST'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
  } finally {
    await rm(moved, { force: true });
  }
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
  });
}
