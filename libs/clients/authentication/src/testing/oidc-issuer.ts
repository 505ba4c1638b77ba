// A real OpenID Connect issuer on loopback, as far as those who check tokens need one: discovery, keys that rotate.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair, SignJWT, type CryptoKey, type JWK, type JWTPayload } from 'jose';

interface Key {
  kid: string;
  privateKey: CryptoKey;
  jwk: JWK;
}

export interface OidcIssuer {
  url: string;
  /** What was asked for, in order. */
  asked: string[];
  token(claims: JWTPayload & { audience: string; expiresIn?: string }): Promise<string>;
  rotate(): Promise<void>;
  /** Answers everything with this status from now on; 200: properly again. */
  answerWith(status: number): void;
  stop(): Promise<void>;
}

async function newKey(kid: string): Promise<Key> {
  const { privateKey, publicKey } = await generateKeyPair('ES256', { extractable: true });
  return { kid, privateKey, jwk: { ...(await exportJWK(publicKey)), kid, alg: 'ES256', use: 'sig' } };
}

export async function startOidcIssuer(): Promise<OidcIssuer> {
  let key = await newKey('1');
  let status = 200;
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(request.url ?? '');
    response.writeHead(status, { 'content-type': 'application/json' });
    if (status !== 200) response.end('{}');
    else if (request.url === '/.well-known/openid-configuration') response.end(JSON.stringify({ issuer: url, jwks_uri: `${url}/keys` }));
    else response.end(JSON.stringify({ keys: [key.jwk] }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url,
    asked,
    token: ({ audience, expiresIn = '5m', ...claims }) => new SignJWT(claims).setProtectedHeader({ alg: 'ES256', kid: key.kid }).setIssuedAt().setIssuer(url).setAudience(audience).setExpirationTime(expiresIn).sign(key.privateKey),
    rotate: async () => {
      key = await newKey(String(Number(key.kid) + 1));
    },
    answerWith: (now) => {
      status = now;
    },
    stop: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
