import { BlockList, isIPv4, isIPv6 } from 'node:net';

// IANA IPv4 Special-Purpose Address Registry (RFC 6890), whether or not it calls a range reachable; multicast is RFC 5771.
const special4 = [
  '0.0.0.0/8', // this network
  '10.0.0.0/8', // private use
  '100.64.0.0/10', // shared, behind a carrier's NAT
  '127.0.0.0/8', // loopback
  '169.254.0.0/16', // link-local, with the metadata services of most clouds
  '172.16.0.0/12', // private use
  '192.0.0.0/24', // protocol assignments, DS-Lite, NAT64 discovery
  '192.0.2.0/24', // documentation
  '192.31.196.0/24', // AS112
  '192.52.193.0/24', // AMT
  '192.88.99.0/24', // 6to4 relays
  '192.168.0.0/16', // private use
  '192.175.48.0/24', // AS112
  '198.18.0.0/15', // benchmarking
  '198.51.100.0/24', // documentation
  '203.0.113.0/24', // documentation
  '224.0.0.0/4', // multicast
  '240.0.0.0/4', // reserved, and the broadcast address
  '168.63.129.16/32', // Azure's host agent: a public address that is answered from inside
];

// What is assigned as unicast (RFC 4291 §2.4). All else is refused as a whole: ::, ::1, IPv4 mapped and compatible, both NAT64 prefixes, discard-only,
// SRv6, unique local, link-local, site-local, multicast.
const unicast6 = ['2000::/3'];

// IANA IPv6 Special-Purpose Address Registry, what of it lies within.
const special6 = [
  '2001::/23', // protocol assignments: Teredo, benchmarking, ORCHID, DRIP
  '2001:db8::/32', // documentation
  '2002::/16', // 6to4, which names an IPv4 address
  '2620:4f:8000::/48', // AS112
  '3fff::/20', // documentation
];

/** Networks a deployment uses inside (RFC 1918, RFC 6598, RFC 4193). */
const inside = ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', '100.64.0.0/10', 'fc00::/7'];

/** Clouds answer these from within networks for use inside: credentials of the machine, for whoever asks. */
const metadata = ['100.100.100.200/32', 'fd00:ec2::/32', 'fd20:ce::/32', 'fd00:42::42/128'];

/** Networks in CIDR notation, as a question. @throws Error for what is no network */
export function networks(list: readonly string[]): (address: string) => boolean {
  // Apart, for in one list an IPv4 network would have its IPv4-mapped addresses, too.
  const blocks = { 4: new BlockList(), 6: new BlockList() };
  for (const network of list) {
    const [address = '', bits = ''] = network.split('/');
    if (isIPv4(address)) blocks[4].addSubnet(address, Number(bits), 'ipv4');
    else blocks[6].addSubnet(address, Number(bits), 'ipv6');
  }
  return (address) => {
    if (isIPv4(address)) return blocks[4].check(address, 'ipv4');
    // A zone names an interface of this machine.
    return isIPv6(address) && !address.includes('%') && blocks[6].check(address, 'ipv6');
  };
}

const isSpecial4 = networks(special4);
const isUnicast6 = networks(unicast6);
const isSpecial6 = networks(special6);
const isInside = networks(inside);
const isMetadata = networks(metadata);

/** Whether a textual address, IPv4 or IPv6, is a public unicast one: in no special-purpose range of either registry (NET-01). */
export const isPublicAddress = (address: string): boolean =>
  isIPv4(address) ? !isSpecial4(address) : isUnicast6(address) && !isSpecial6(address);

/** Whether an address is for use inside a deployment, and nothing that clouds answer there. */
export const isInsideAddress = (address: string): boolean => isInside(address) && !isMetadata(address);
