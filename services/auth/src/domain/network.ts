import { isIP, isIPv6 } from 'node:net';

/**
 * One spelling for each address, in a form that Postgres accepts. An IPv4-mapped IPv6 address, as dual-stack sockets report it, becomes
 * IPv4; an IPv6 zone, and a port that some proxies add, are dropped; whatever else proxies send (RFC 7239, section 6) becomes `::`.
 */
export function canonicalAddress(ip: string): string {
  const [, inBrackets, withPort] = /^\[([^\]]+)\](?::\d+)?$|^([\d.]+):\d+$/.exec(ip) ?? [];
  const [bare = ''] = (inBrackets ?? withPort ?? ip).split('%');
  const address = bare.replace(/^::ffff:(?=[\d.]+$)/i, '');
  return isIP(address) === 0 ? '::' : address;
}

/** What counts as one caller, in CIDR form: an IPv4 address, or an IPv6 /64, which is what a household or a server gets. */
export function networkOf(ip: string): string {
  const address = canonicalAddress(ip);
  return isIPv6(address) ? `${firstFourGroups(address)}::/64` : `${address}/32`;
}

function firstFourGroups(address: string): string {
  // A trailing IPv4 address takes the place of two groups.
  const [head = '', tail] = address.replace(/[\d.]+\.\d+$/, '0:0').split('::');
  const before = head === '' ? [] : head.split(':');
  const after = tail === undefined || tail === '' ? [] : tail.split(':');
  const groups = [...before, ...Array<string>(Math.max(0, 8 - before.length - after.length)).fill('0'), ...after];
  return groups
    .slice(0, 4)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(':');
}
