import { isIPv6 } from 'node:net';

/** What counts as one caller, in CIDR form: an IPv4 address, or the /64 of an IPv6 one, which is what a household or a server gets. */
export function networkOf(ip: string): string {
  const [, mapped] = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(ip) ?? [];
  if (mapped !== undefined) return `${mapped}/32`;
  return isIPv6(ip) ? `${firstFourGroups(ip)}::/64` : `${ip}/32`;
}

function firstFourGroups(ip: string): string {
  const [address = ''] = ip.split('%');
  const [head = '', tail] = address.split('::');
  const before = head === '' ? [] : head.split(':');
  const after = tail === undefined || tail === '' ? [] : tail.split(':');
  const groups = [...before, ...Array<string>(Math.max(0, 8 - before.length - after.length)).fill('0'), ...after];
  return groups
    .slice(0, 4)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(':');
}
