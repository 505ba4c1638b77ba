// Checks AWS Signature Version 4, in headers and in addresses. https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-authenticating-requests.html
import { createHash, createHmac } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

interface Claim {
  scope: string;
  signedHeaders: string[];
  signature: string;
  date: string;
  payload: string;
}

/** Whether the request was signed with this pair of keys, and an address has not expired. */
export function isSigned(request: IncomingMessage, url: URL, { accessKey, secretKey }: { accessKey: string; secretKey: string }): boolean {
  const claim = url.searchParams.has('X-Amz-Signature') ? fromAddress(url) : fromHeaders(request);
  if (claim === undefined || !claim.scope.startsWith(`${accessKey}/`)) return false;
  const [, day = '', region = '', service = ''] = claim.scope.split('/');
  const query = [...url.searchParams].filter(([name]) => name !== 'X-Amz-Signature').map(([name, value]) => `${encode(name)}=${encode(value)}`).toSorted().join('&');
  const headers = claim.signedHeaders.map((name) => `${name}:${String(request.headers[name] ?? '').trim().replaceAll(/ +/g, ' ')}\n`).join('');
  const path = url.pathname.split('/').map((element) => encode(decodeURIComponent(element))).join('/');
  const canonical = [request.method, path, query, headers, claim.signedHeaders.join(';'), claim.payload].join('\n');
  const toSign = ['AWS4-HMAC-SHA256', claim.date, claim.scope.slice(accessKey.length + 1), createHash('sha256').update(canonical).digest('hex')].join('\n');
  const mac = (key: string | Buffer, text: string): Buffer => createHmac('sha256', key).update(text).digest();
  const key = mac(mac(mac(mac(`AWS4${secretKey}`, day), region), service), 'aws4_request');
  return createHmac('sha256', key).update(toSign).digest('hex') === claim.signature;
}

function fromHeaders(request: IncomingMessage): Claim | undefined {
  const match = /^AWS4-HMAC-SHA256 Credential=([^,]+), SignedHeaders=([^,]+), Signature=([0-9a-f]+)$/.exec(request.headers.authorization ?? '');
  if (match === null) return undefined;
  const [, scope = '', signedHeaders = '', signature = ''] = match;
  return { scope, signedHeaders: signedHeaders.split(';'), signature, date: String(request.headers['x-amz-date'] ?? ''), payload: String(request.headers['x-amz-content-sha256'] ?? '') };
}

function fromAddress(url: URL): Claim | undefined {
  const get = (name: string): string => url.searchParams.get(name) ?? '';
  const date = get('X-Amz-Date');
  const [, year, month, day, hour, minute, second] = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(date) ?? [];
  const signedAt = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
  if (!(signedAt + Number(get('X-Amz-Expires')) * 1000 > Date.now())) return undefined;
  return { scope: get('X-Amz-Credential'), signedHeaders: get('X-Amz-SignedHeaders').split(';'), signature: get('X-Amz-Signature'), date, payload: 'UNSIGNED-PAYLOAD' };
}

function encode(text: string): string {
  return encodeURIComponent(text).replaceAll(/[!'()*]/g, (found) => `%${found.charCodeAt(0).toString(16).toUpperCase()}`);
}
