import t from 'tap';
import { canonicalAddress, networkOf } from '../../src/domain/network.ts';

t.test('an IPv4 address stands for itself, an IPv6 one for its /64', async (t) => {
  const cases = {
    '192.0.2.1': '192.0.2.1/32',
    '::ffff:192.0.2.1': '192.0.2.1/32',
    '::FFFF:192.0.2.1': '192.0.2.1/32',
    '2001:db8:1:2:3:4:5:6': '2001:db8:1:2::/64',
    '2001:DB8:1:2:ffff::1': '2001:db8:1:2::/64',
    '2001:db8::1': '2001:db8:0:0::/64',
    '::1': '0:0:0:0::/64',
    '1::2:3:4:5:192.0.2.1': '1:0:2:3::/64',
    'fe80::1%eth0': 'fe80:0:0:0::/64',
    '[::ffff:203.0.113.7]:51234': '203.0.113.7/32',
    unknown: '0:0:0:0::/64',
  };
  for (const [ip, network] of Object.entries(cases)) t.equal(networkOf(ip), network, ip);
});

t.test('an address has one spelling, whatever socket or proxy it came through', async (t) => {
  const cases = {
    '192.0.2.1': '192.0.2.1',
    '::ffff:192.0.2.1': '192.0.2.1',
    'fe80::1%eth0': 'fe80::1',
    '2001:db8::1': '2001:db8::1',
    unknown: '::',
    '192.0.2.1:4711': '192.0.2.1',
    '[2001:db8::1]:80': '2001:db8::1',
    '[2001:db8::1]': '2001:db8::1',
    '[::ffff:203.0.113.7]:51234': '203.0.113.7',
    '[fe80::1%eth0]:44': 'fe80::1',
    '999.1.1.1': '::',
    '': '::',
  };
  for (const [ip, address] of Object.entries(cases)) t.equal(canonicalAddress(ip), address, ip);
});
