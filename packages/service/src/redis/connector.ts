import { connect, type LookupFunction } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { AbstractConnector, type RedisOptions } from 'ioredis';

type Connector = NonNullable<RedisOptions['Connector']>;

/** Connects to one server as ioredis does, which has no option for the look-up. Duplicates of the connection share the look-up. */
export function connectorWith(lookup: LookupFunction): Connector {
  return class extends AbstractConnector {
    readonly #options: RedisOptions;

    constructor(given: unknown) {
      const options = given as RedisOptions; // ioredis' type says no more
      super(options.disconnectTimeout ?? 0);
      this.#options = options;
    }

    override async connect() {
      const { host = '', port = 0, tls } = this.#options;
      this.connecting = true;
      await Promise.resolve();
      if (!this.connecting) throw new Error('Connection is closed.'); // disconnected in the same turn
      this.stream = tls ? connectTls({ host, port, lookup, ...tls }) : connect({ host, port, lookup });
      this.stream.once('error', (error) => {
        this.firstError = error;
      });
      return this.stream;
    }
  };
}
