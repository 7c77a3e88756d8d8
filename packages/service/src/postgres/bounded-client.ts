import { setTimeout as sleep } from 'node:timers/promises';
import type { Sql, TransactionSql } from 'postgres';
import { isReadOnly, isUnavailable } from '../unavailable.ts';
import { DatabaseUnavailable } from './database-unavailable.ts';
import { Deadline } from './deadline.ts';
import { Gate } from './gate.ts';
import { explainStandby } from './standby.ts';
import type { WatchedSockets } from './watched-sockets.ts';

export interface ClientLimits {
  /** How many statements and transactions run at a time: as many as there are connections. */
  readonly max: number;
  readonly maxWaiting: number;
  /** From the call to the answer, including the wait for a connection. In a transaction it limits each statement. */
  readonly statementMs: number;
}

type Work = (transaction: TransactionSql) => Promise<unknown>;

interface Statement {
  readonly text: string;
  readonly parameters: never[] | undefined;
  readonly asValues: boolean;
}

/** Longer texts are bulk statements, which rarely repeat: preparing them would only fill the server's memory. */
const LONGEST_PREPARED = 4000;

/**
 * A broken socket emits 'error' first and 'close' one turn of the event loop later. postgres.js sends a statement given to it in between to
 * the dead connection, where it is never answered, so the slot stays taken until both are over.
 */
const CLOSING_MS = 10;

/**
 * A server that takes no writes may have been replaced by another at the same address: ending its connection makes the next one lead to the
 * new server. postgres.js doesn't tell which connection it was, so all are ended except those younger than this: where no other server has
 * taken over, the data can at least be read.
 */
const NEW_CONNECTION_MS = 2000;

/**
 * The part of postgres.js that drizzle calls, with a limit on every wait. postgres.js itself has none: a statement that a paused server
 * doesn't answer waits forever and keeps its connection, and everything after it queues behind it.
 */
export function boundClient(client: Sql, sockets: WatchedSockets, limits: ClientLimits): Sql {
  const gate = new Gate(limits.max, limits.maxWaiting);

  function underDeadline(work: (deadline: Deadline) => Promise<unknown>): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const deadline = new Deadline(limits.statementMs, () => {
        const endOverdue = sockets.overdue();
        void settled.then(endOverdue);
        reject(new DatabaseUnavailable(`The database did not answer within ${limits.statementMs} ms.`));
      });
      const settled = work(deadline)
        .then(resolve, reject)
        .finally(() => deadline.end());
    });
  }

  function inTurn(work: (deadline: Deadline) => Promise<unknown>): Promise<unknown> {
    return underDeadline(async (deadline) => {
      if (!(await gate.enter())) throw new DatabaseUnavailable(`${limits.maxWaiting} callers are already waiting for a connection.`);
      try {
        // Otherwise its caller has already been told that it failed.
        if (!deadline.isOver) return await work(deadline);
      } catch (error) {
        if (isReadOnly(error)) sockets.endOlderThan(NEW_CONNECTION_MS);
        if (isUnavailable(error)) await sleep(CLOSING_MS);
        throw explainStandby(error, client);
      } finally {
        gate.leave();
      }
    });
  }

  function boundTransaction(transaction: TransactionSql): TransactionSql {
    return override(transaction, {
      unsafe: takeStatements((statement) => underDeadline(() => send(transaction, statement))),
      savepoint: (work: Work) => transaction.savepoint((sql) => work(boundTransaction(sql))),
    });
  }

  return override(client, {
    unsafe: takeStatements((statement) => inTurn(() => send(client, statement))),
    begin: (work: Work) => inTurn((deadline) => client.begin((sql) => inTime(deadline, () => work(boundTransaction(sql))))),
  });
}

/** BEGIN may take longer than its caller waits. The caller has then been told that nothing was done, so an error rolls it back. */
async function inTime(deadline: Deadline, work: () => Promise<unknown>): Promise<unknown> {
  if (deadline.isOver) throw new DatabaseUnavailable('The transaction began too late.');
  return await deadline.pauseFor(work);
}

async function send(sql: Sql | TransactionSql, { text, parameters = [], asValues }: Statement): Promise<unknown> {
  const query = sql.unsafe(text, parameters, { prepare: parameters.length > 0 && text.length <= LONGEST_PREPARED });
  return await (asValues ? query.values() : query);
}

/** Takes statements as postgres.js does. Each is run one microtask later, because `.values()` may still ask for rows as arrays. */
function takeStatements(run: (statement: Statement) => Promise<unknown>) {
  return (text: string, parameters?: never[]) => {
    let asValues = false;
    const rows = Promise.resolve().then(() => run({ text, parameters, asValues }));
    return Object.assign(rows, {
      values: () => {
        asValues = true;
        return rows;
      },
    });
  };
}

function override<Target extends object>(target: Target, methods: Readonly<Record<string, unknown>>): Target {
  return new Proxy(target, {
    get: (original, name, receiver) =>
      typeof name === 'string' && Object.hasOwn(methods, name) ? methods[name] : Reflect.get(original, name, receiver),
  });
}
