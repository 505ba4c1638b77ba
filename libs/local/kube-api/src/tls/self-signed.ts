// A certificate for loopback, made on first start: kubectl and Go clients send no token over plain HTTP.
import { generateKeyPairSync, randomBytes, sign, X509Certificate } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { join } from 'node:path';
import { bits, der, integer, objectId, octets, sequence, set, tagged, text, time, yes } from './der.ts';

export interface TlsPair {
  /** PEM. */
  certificate: string;
  key: string;
}

const dayMs = 86_400_000;
const validDays = 3_650;
const names = ['localhost', 'kubernetes', 'kubernetes.default', 'kubernetes.default.svc', 'kubernetes.default.svc.cluster.local'];
const addresses = ['127.0.0.1', '::1'];
const ecdsaWithSha256 = '1.2.840.10045.4.3.2';

/** The pair kept in `dir`; a new one when there is none, it ends within a month, or it lacks `address`. */
export function keptCertificate(dir: string, address: string, nowMs: number): TlsPair {
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  const path = join(dir, 'server.pem');
  if (existsSync(path)) {
    const pem = readFileSync(path, 'utf8');
    const split = pem.indexOf('-----BEGIN PRIVATE KEY');
    const pair = { certificate: pem.slice(0, split), key: pem.slice(split) };
    if (isUsable(pair, address, nowMs)) return pair;
  }
  const pair = makeCertificate(address, nowMs);
  writeFileSync(`${path}.new`, pair.certificate + pair.key, { mode: 0o600 });
  renameSync(`${path}.new`, path);
  return pair;
}

function isUsable({ certificate }: TlsPair, address: string, nowMs: number): boolean {
  try {
    const parsed = new X509Certificate(certificate);
    if (Date.parse(parsed.validTo) < nowMs + 30 * dayMs) return false;
    return isIP(address) === 0 ? parsed.checkHost(address) !== undefined : parsed.checkIP(address) !== undefined;
  } catch {
    return false;
  }
}

/** Self-signed, ECDSA P-256, for loopback's names and addresses and for `address`. */
export function makeCertificate(address: string, nowMs: number): TlsPair {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const algorithm = sequence(objectId(ecdsaWithSha256));
  const name = sequence(set(sequence(objectId('2.5.4.3'), text('prow local kubernetes'))));
  const serial = randomBytes(16);
  serial[0] = (serial[0] ?? 0) & 0x7f | 0x01;
  const unsigned = sequence(
    tagged(0, integer(Buffer.from([2]))),
    integer(serial),
    algorithm,
    name,
    sequence(time(nowMs - dayMs), time(nowMs + validDays * dayMs)),
    name,
    publicKey.export({ type: 'spki', format: 'der' }),
    tagged(3, extensions(address)),
  );
  const signature = sign('sha256', unsigned, privateKey);
  const certificate = sequence(unsigned, algorithm, bits(signature));
  const base64 = certificate.toString('base64').replaceAll(/.{64}/g, '$&\n').trimEnd();
  return {
    certificate: `-----BEGIN CERTIFICATE-----\n${base64}\n-----END CERTIFICATE-----\n`,
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  };
}

function extensions(address: string): Buffer {
  const extension = (id: string, value: Buffer, isCritical = false): Buffer => sequence(objectId(id), ...(isCritical ? [yes()] : []), octets(value));
  const hosts = new Set([...names, ...addresses, address]);
  const alternatives = [...hosts].map((host) => (isIP(host) === 0 ? der(0x82, Buffer.from(host)) : der(0x87, addressBytes(host))));
  return sequence(
    extension('2.5.29.19', sequence(yes()), true),
    // digitalSignature and keyCertSign
    extension('2.5.29.15', bits(Buffer.from([0x84]), 2), true),
    extension('2.5.29.37', sequence(objectId('1.3.6.1.5.5.7.3.1'))),
    extension('2.5.29.17', sequence(...alternatives)),
  );
}

function addressBytes(address: string): Buffer {
  if (isIP(address) === 4) return Buffer.from(address.split('.').map(Number));
  const [head = '', tail] = address.split('::');
  const groups = (part: string): number[] => (part === '' ? [] : part.split(':').map((group) => Number.parseInt(group, 16)));
  const before = groups(head);
  const after = groups(tail ?? '');
  const all = [...before, ...Array.from({ length: 8 - before.length - after.length }, () => 0), ...after];
  return Buffer.from(all.flatMap((group) => [group >>> 8, group & 0xff]));
}
