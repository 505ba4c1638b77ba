// Who a bearer token belongs to: the administrator of the written kubeconfig, or a service account.
import { createHash, createPrivateKey, createPublicKey, generateKeyPairSync, randomBytes, sign, timingSafeEqual, verify, type KeyObject } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isJsonObject, type JsonObject } from '../api-object.ts';

export const issuer = 'https://kubernetes.default.svc.cluster.local';
const maxTokenLength = 16 * 1024;

/** Keys and the administrator's token, made on first start and kept in the data folder. */
export class TokenAuthority {
  readonly adminToken: string;
  /** What the server shows to kubelets. */
  readonly kubeletToken: string;
  private readonly adminBytes: Buffer;
  private readonly privateKey: KeyObject;
  private readonly publicKey: KeyObject;
  private readonly keyId: string;

  constructor(dir: string, adminToken?: string) {
    mkdirSync(dir, { recursive: true, mode: 0o700 });
    this.adminToken = adminToken ?? readOrCreate(join(dir, 'admin-token'), () => randomBytes(24).toString('base64url'));
    this.adminBytes = Buffer.from(this.adminToken);
    this.kubeletToken = readOrCreate(join(dir, 'kubelet-token'), () => randomBytes(24).toString('base64url'));
    const pem = readOrCreate(join(dir, 'service-account.key'), () =>
      generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    );
    this.privateKey = createPrivateKey(pem);
    this.publicKey = createPublicKey(this.privateKey);
    this.keyId = createHash('sha256').update(this.publicKey.export({ type: 'spki', format: 'der' })).digest('base64url');
  }

  isAdmin(token: string): boolean {
    const given = Buffer.from(token);
    return given.length === this.adminBytes.length && timingSafeEqual(given, this.adminBytes);
  }

  /** A signed JWT of these claims. */
  issue(claims: JsonObject): string {
    const input = `${encode({ alg: 'ES256', kid: this.keyId })}.${encode(claims)}`;
    return `${input}.${sign('sha256', Buffer.from(input), { key: this.privateKey, dsaEncoding: 'ieee-p1363' }).toString('base64url')}`;
  }

  /** The claims, when the signature is ours; what they say is for the caller to judge. */
  verify(token: string): JsonObject | undefined {
    if (token.length > maxTokenLength) return undefined;
    const [head, payload, signature, ...more] = token.split('.');
    if (head === undefined || payload === undefined || signature === undefined || more.length > 0) return undefined;
    const isOurs = verify('sha256', Buffer.from(`${head}.${payload}`), { key: this.publicKey, dsaEncoding: 'ieee-p1363' }, Buffer.from(signature, 'base64url'));
    if (!isOurs) return undefined;
    const claims: unknown = JSON.parse(Buffer.from(payload, 'base64url').toString());
    return isJsonObject(claims) ? claims : undefined;
  }

  /** The JSON Web Key Set, for whoever verifies tokens by themselves. */
  keySet(): JsonObject {
    return { keys: [{ use: 'sig', alg: 'ES256', kid: this.keyId, ...this.publicKey.export({ format: 'jwk' }) }] };
  }
}

function encode(value: JsonObject): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}

function readOrCreate(path: string, make: () => string): string {
  if (existsSync(path)) return readFileSync(path, 'utf8').trim();
  const text = make();
  writeFileSync(`${path}.new`, `${text.trim()}\n`, { mode: 0o600 });
  renameSync(`${path}.new`, path);
  return text.trim();
}
