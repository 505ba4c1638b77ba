// Addresses that only this machine reaches.
import { BlockList, isIP } from 'node:net';

const loopback = new BlockList();
loopback.addSubnet('127.0.0.0', 8, 'ipv4');
loopback.addAddress('::1', 'ipv6');

/** Of an address to listen on or a URL's host: `127.0.0.1`, `::1`, `[::1]`, `localhost`. Every address (`0.0.0.0`, `::`, empty) is not. */
export function isLoopbackHost(host: string): boolean {
  const name = host.replace(/^\[|\]$/g, '').toLowerCase();
  if (name === 'localhost' || name.endsWith('.localhost')) return true;
  const kind = isIP(name);
  return kind !== 0 && loopback.check(name, kind === 6 ? 'ipv6' : 'ipv4');
}

/** The host of a `Host` header, without its port. */
export function hostOf(header: string): string {
  return /^(\[[^\]]*\]|[^:]*)/.exec(header)?.[1] ?? '';
}
