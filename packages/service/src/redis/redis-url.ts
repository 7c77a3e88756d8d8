import { decodePercent } from '../percent-encoding.ts';

export interface Credentials {
  readonly username: string | null;
  readonly password: string | null;
}

export interface RedisNode {
  readonly host: string;
  readonly port: number;
}

interface AnyTarget extends Credentials {
  readonly tls: boolean;
  /** The server itself, the sentinels, or the nodes through which the cluster is found. */
  readonly nodes: readonly RedisNode[];
  readonly db: number;
}

export interface SentinelTarget extends AnyTarget {
  readonly kind: 'sentinel';
  /** The name under which the sentinels know the master. */
  readonly master: string;
  /** How to log in at the sentinels themselves. */
  readonly sentinels: Credentials;
}

export type RedisTarget = SentinelTarget | (AnyTarget & { readonly kind: 'single' | 'cluster' });

const FORMS =
  'redis://host:6379, redis+sentinel://host1:26379,host2:26379/mymaster or redis+cluster://host1:7000,host2:7001, each also with rediss for TLS';
const SHAPE = /^(rediss?)(?:\+(sentinel|cluster))?:\/\/(?:([^@/?#]*)@)?([^@/?#]*)(\/[^?#]*)?(?:\?([^#]*))?$/;
const NODE = /^(?:\[([0-9a-fA-F:.]+)\]|([A-Za-z0-9._-]+))(?::(\d{1,5}))?$/;
const DEFAULT_PORTS = { single: 6379, sentinel: 26379, cluster: 6379 } as const;

/**
 * The forms, where `rediss` means TLS and user and password are percent-encoded:
 *
 * - `redis://[[user]:password@]host[:6379][/db]`
 * - `redis+sentinel://[[user]:password@]host1[:26379],host2…/master[/db][?sentinels=[user]:password]`; those before the hosts are the master's
 * - `redis+cluster://[[user]:password@]host1[:6379],host2…`
 *
 * @throws Error with a sentence that completes "REDIS_URL …"
 */
export function parseRedisUrl(text: string): RedisTarget {
  const [, scheme, mode, credentials, hosts, path = '', query] = SHAPE.exec(text) ?? [];
  if (scheme === undefined || hosts === undefined) throw new Error(`must have one of the forms ${FORMS}`);
  const kind = mode === 'sentinel' || mode === 'cluster' ? mode : 'single';
  const nodes = hosts.split(',').map((node) => parseNode(node, DEFAULT_PORTS[kind]));
  if (kind === 'single' && nodes.length > 1) throw new Error('names several hosts: use redis+sentinel:// or redis+cluster://');
  const target = { tls: scheme === 'rediss', nodes, ...parseCredentials(credentials) };
  const parts = path.split('/').slice(1).map(decodePercent);
  if (parts.at(-1) === '') parts.pop();
  if (kind === 'sentinel') {
    const [master, ...rest] = parts;
    if (!master) throw new Error('must name the master after the sentinels: redis+sentinel://host:26379/mymaster');
    return { ...target, kind, master, db: parseDatabase(rest), sentinels: parseSentinels(query) };
  }
  if (query !== undefined) throw new Error(WRONG_QUERY);
  const db = parseDatabase(parts);
  if (kind === 'cluster' && db !== 0) throw new Error('names a database, but a cluster has only database 0');
  return { ...target, kind, db };
}

const WRONG_QUERY = 'may have no option but ?sentinels=user:password, and that only with redis+sentinel://';

function parseNode(text: string, defaultPort: number): RedisNode {
  const [matched, ipv6, name, port] = NODE.exec(text) ?? [];
  if (matched === undefined) throw new Error('must name its hosts as host:port, separated by commas');
  const number = port === undefined ? defaultPort : Number(port);
  if (number < 1 || number > 65_535) throw new Error(`has a port that is not from 1 to 65535: ${port}`);
  return { host: ipv6 ?? name ?? '', port: number };
}

function parseCredentials(text: string | undefined): Credentials {
  if (text === undefined || text === '') return { username: null, password: null };
  const colon = text.indexOf(':');
  if (colon < 0) throw new Error('must give the password as :password@ or user:password@');
  return { username: decodePercent(text.slice(0, colon)) || null, password: decodePercent(text.slice(colon + 1)) || null };
}

/** @param parts - of the path, after the name of a master */
function parseDatabase([db = '0', ...others]: readonly string[]): number {
  if (!/^\d{1,5}$/.test(db) || others.length > 0)
    throw new Error('may have nothing after its hosts or master but the number of a database, e.g. /0');
  return Number(db);
}

function parseSentinels(query: string | undefined): Credentials {
  if (query === undefined) return { username: null, password: null };
  const [, credentials] = /^sentinels=([^&]+)$/.exec(query) ?? [];
  if (credentials === undefined) throw new Error(WRONG_QUERY);
  return parseCredentials(credentials);
}
