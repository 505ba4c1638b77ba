// Git over HTTP on loopback: git's own http-backend behind Node, with a password if wanted.
import { execFileSync, spawn } from 'node:child_process';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface GitHttpServer {
  url: string;
  /** `METHOD path` of every request, with the login it came with. */
  requests: { line: string; login: string | undefined }[];
  /** So many of the next requests are answered with 503. */
  failNext(count: number): void;
  stop(): Promise<void>;
}

/** @param login `user:password` */
export async function startGitHttpServer(root: string, login?: string): Promise<GitHttpServer> {
  const backend = `${execFileSync('git', ['--exec-path'], { encoding: 'utf8' }).trim()}/git-http-backend`;
  const requests: GitHttpServer['requests'] = [];
  let failures = 0;
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://loopback');
    const [kind, encoded = ''] = (request.headers.authorization ?? '').split(' ');
    const given = kind === 'Basic' ? Buffer.from(encoded, 'base64').toString() : undefined;
    requests.push({ line: `${request.method} ${url.pathname}`, login: given });
    if (failures > 0) {
      failures -= 1;
      response.writeHead(503).end();
      return;
    }
    if (login !== undefined && given !== login) {
      response.writeHead(401, { 'www-authenticate': 'Basic realm="git"' }).end();
      return;
    }
    const child = spawn(backend, [], {
      env: {
        PATH: process.env['PATH'] ?? '', GIT_PROJECT_ROOT: root, GIT_HTTP_EXPORT_ALL: '1', PATH_INFO: decodeURIComponent(url.pathname), QUERY_STRING: url.search.slice(1), REQUEST_METHOD: request.method ?? '',
        CONTENT_TYPE: request.headers['content-type'] ?? '', HTTP_CONTENT_ENCODING: request.headers['content-encoding'] ?? '', GIT_PROTOCOL: String(request.headers['git-protocol'] ?? ''), GIT_CONFIG_COUNT: '2',
        GIT_CONFIG_KEY_0: 'safe.directory', GIT_CONFIG_VALUE_0: '*', GIT_CONFIG_KEY_1: 'uploadpack.allowFilter', GIT_CONFIG_VALUE_1: 'true',
      },
      stdio: ['pipe', 'pipe', 'ignore'],
    });
    request.pipe(child.stdin);
    let head = Buffer.alloc(0);
    let isHeadSent = false;
    child.stdout.on('data', (chunk: Buffer) => {
      if (isHeadSent) return void response.write(chunk);
      head = Buffer.concat([head, chunk]);
      const end = head.indexOf('\r\n\r\n');
      if (end === -1) return;
      const lines = head.subarray(0, end).toString().split('\r\n').map((line) => line.split(': '));
      response.writeHead(Number((lines.find(([name]) => name === 'Status')?.[1] ?? '200').slice(0, 3)), Object.fromEntries(lines.filter(([name]) => name !== 'Status')) as Record<string, string>);
      isHeadSent = true;
      response.write(head.subarray(end + 4));
    });
    child.stdout.once('end', () => response.end());
    child.once('error', () => response.destroy());
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    failNext: (count) => {
      failures = count;
    },
    stop: () => new Promise((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    }),
  };
}
