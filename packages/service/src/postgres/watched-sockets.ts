import { connect, type LookupFunction, type Socket } from 'node:net';
import { shareLookups } from '../share-lookups.ts';
import { DatabaseUnavailable } from './database-unavailable.ts';
import type { Address } from './database-url.ts';

const LOOK_EVERY_MS = 250;

interface Watched {
  readonly openedAt: number;
  bytesRead: number;
  silentSince: number;
}

/**
 * Sockets whose silence is measured: it is the only sign of a paused server or a dropped network, where the connection stays open and
 * statements are never answered.
 *
 * Counts bytes instead of listening, so that it also sees through the TLS that postgres.js puts on top.
 */
export class WatchedSockets {
  readonly lookup: LookupFunction;
  readonly #sockets = new Map<Socket, Watched>();
  readonly #silenceMs: number;
  #overdue = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(silenceMs: number, lookup = shareLookups()) {
    this.#silenceMs = silenceMs;
    this.lookup = lookup;
  }

  open({ host, port }: Address): Socket {
    // postgres.js checks the server's certificate against `socket.host`, and names host and port in its errors.
    const socket = Object.assign(connect({ host, port, lookup: this.lookup }), { host, port });
    // A proxy whose server is gone accepts and closes at once. The error ends the attempt; without one postgres.js would retry without a
    // pause.
    socket.once(
      'end',
      () => socket.bytesRead === 0 && socket.destroy(new DatabaseUnavailable('The connection was closed before the first answer.')),
    );
    socket.once('close', () => this.#forget(socket));
    const openedAt = performance.now();
    this.#sockets.set(socket, { openedAt, bytesRead: 0, silentSince: openedAt });
    this.#timer ??= setInterval(() => this.#look(), LOOK_EVERY_MS).unref();
    return socket;
  }

  /** Reports an overdue caller: until the returned function is called, silent sockets are destroyed. */
  overdue(): () => void {
    this.#overdue += 1;
    this.#look();
    return () => {
      this.#overdue -= 1;
    };
  }

  /** Ends sockets that have been open for a while: what runs on them fails, and the next statement connects anew. */
  endOlderThan(ms: number): void {
    const now = performance.now();
    // Without an error: otherwise postgres.js would not answer a statement that is sent before the socket has closed.
    for (const [socket, { openedAt }] of this.#sockets) if (now - openedAt >= ms) socket.destroy();
  }

  endAll(reason: string): void {
    for (const socket of this.#sockets.keys()) end(socket, reason);
  }

  #look(): void {
    const now = performance.now();
    for (const [socket, watched] of this.#sockets) {
      // Under TLS postgres.js removes the listeners, and with them the one that forgets the socket.
      if (socket.closed) this.#forget(socket);
      else if (socket.bytesRead !== watched.bytesRead) Object.assign(watched, { bytesRead: socket.bytesRead, silentSince: now });
      else if (this.#overdue > 0 && now - watched.silentSince >= this.#silenceMs)
        end(socket, `The database has been silent for ${this.#silenceMs} ms.`);
    }
  }

  #forget(socket: Socket): void {
    this.#sockets.delete(socket);
    if (this.#sockets.size > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }
}

/** TLS removes the listeners of the socket below it, so an error there would end the process. */
function end(socket: Socket, reason: string): void {
  socket.on('error', () => {});
  socket.destroy(new DatabaseUnavailable(reason));
}
