import { connect } from 'node:net';
import { text } from 'node:stream/consumers';

/**
 * Sends these bytes, which no HTTP client might send, to a server on this machine.
 *
 * @returns everything that comes until the server closes the connection
 * @throws when nothing comes for so long, and no end
 */
export async function exchange(url: string, bytes: string, { longestSilenceMs = 5000 } = {}): Promise<string> {
  const socket = connect(Number(new URL(url).port), '127.0.0.1');
  socket.setTimeout(longestSilenceMs, () => socket.destroy(new Error(`nothing came for ${longestSilenceMs} ms, and no end`)));
  socket.write(bytes);
  return await text(socket);
}
