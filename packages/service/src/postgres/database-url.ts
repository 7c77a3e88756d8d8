import { decodePercent } from '../percent-encoding.ts';

const SHAPE = /^(postgres(?:ql)?:\/\/)([^/?#]*@)?([^/?#@]*)(.*)$/;
const FORM = 'postgres://user:password@host1:5432,host2:5432/database';
const DEFAULT_PORT = 5432;

/** The values of `target_session_attrs` that lead to a server that takes writes. Others may lead to a standby. */
const TAKES_WRITES = ['read-write', 'primary'];

/**
 * `postgres://[user[:password]@]host1[:5432][,host2…]/database[?sslmode=…]`, also with `postgresql`; user and password are percent-encoded.
 * Several hosts are a primary and its standbys, in any order.
 *
 * @returns a URL for each host, the same in everything else
 * @throws Error with a sentence that completes "DATABASE_URL …", and doesn't show the text, which may hold a password
 */
export function parseDatabaseUrl(text: string): readonly [string, ...string[]] {
  const [, scheme, credentials = '', hosts = '', rest = ''] = SHAPE.exec(text) ?? [];
  if (scheme === undefined) throw new Error('must start with postgres:// or postgresql://');
  const [first = '', ...others] = hosts.split(',').map((host) => parseHost(host, { scheme, credentials, rest }));
  return [first, ...others];
}

interface Around {
  readonly scheme: string;
  readonly credentials: string;
  readonly rest: string;
}

function parseHost(host: string, { scheme, credentials, rest }: Around): string {
  if (host === '' || host.startsWith(':')) throw new Error(`must name a host: ${FORM}`);
  const url = URL.parse(`${scheme}${credentials}${host}${rest}`);
  if (url === null) throw new Error(`must have the form ${FORM}`);
  if (url.pathname.length < 2) throw new Error(`must name a database: ${FORM}`);
  // postgres.js would decode both, and report an error only later.
  decodePercent(credentials + host);
  const wanted = url.searchParams.get('target_session_attrs');
  if (wanted !== null && !TAKES_WRITES.includes(wanted))
    throw new Error(`must lead to a server that accepts writes: target_session_attrs may only be ${TAKES_WRITES.join(' or ')}`);
  return url.href;
}

export interface Address {
  readonly host: string;
  readonly port: number;
}

/** @param url - one that `parseDatabaseUrl` returned */
export function addressOf(url: string): Address {
  const { hostname, port } = new URL(url);
  return { host: hostname.replace(/^\[|\]$/g, ''), port: port === '' ? DEFAULT_PORT : Number(port) };
}
