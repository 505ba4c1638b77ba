import type { IncomingMessage, ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { spawnTree } from '@prow/base-process';
import type { Logger } from '@prow/base-log';

export type GitService = 'git-upload-pack' | 'git-receive-pack';

/** One ref a client wants to change, from the beginning of its push. */
export interface RefCommand {
  ref: string;
  from: string;
  to: string;
}

const transferTimeoutMs = 30 * 60_000;

/** Tells the refs, as the first request of a fetch or a push asks. */
export async function advertise({ service, gitDir, request, response, log }: Transfer): Promise<void> {
  response.writeHead(200, { 'content-type': `application/x-${service}-advertisement`, 'cache-control': 'no-cache, max-age=0, must-revalidate' });
  const line = `# service=${service}\n`;
  if (!usesVersion2(request) || service === 'git-receive-pack') response.write(`${(line.length + 4).toString(16).padStart(4, '0')}${line}0000`);
  await serve({ service, gitDir, request, response, log, isAdvertisement: true });
  response.end();
}

interface Transfer {
  service: GitService;
  gitDir: string;
  request: IncomingMessage;
  response: ServerResponse;
  log: Logger;
}

/** Streams a fetch: the answer goes out as git writes it. */
export async function uploadPack(transfer: Transfer): Promise<void> {
  transfer.response.writeHead(200, { 'content-type': `application/x-${transfer.service}-result`, 'cache-control': 'no-cache' });
  await serve({ ...transfer, isAdvertisement: false });
  transfer.response.end();
}

/**
 * Takes a push in. git's answer is held back until `afterwards` has recorded what changed: a client that is told of
 * success is told the truth.
 */
export async function receivePack({ service, gitDir, request, response, log, afterwards }: Transfer & { afterwards: () => Promise<void> }): Promise<void> {
  const answer: Buffer[] = [];
  const exitCode = await serve({ service, gitDir, request, log, isAdvertisement: false, collect: answer });
  await afterwards();
  if (exitCode !== 0 && answer.length === 0) {
    response.writeHead(500, { 'content-type': 'text/plain' }).end('git did not accept the push\n');
    return;
  }
  response.writeHead(200, { 'content-type': `application/x-${service}-result`, 'cache-control': 'no-cache' }).end(Buffer.concat(answer));
}

async function serve({ service, gitDir, request, response, log, isAdvertisement, collect }: {
  service: GitService;
  gitDir: string;
  request: IncomingMessage;
  response?: ServerResponse;
  log: Logger;
  isAdvertisement: boolean;
  collect?: Buffer[];
}): Promise<number | null> {
  const protocol = request.headers['git-protocol'];
  const version = typeof protocol === 'string' && /^[\w=:.-]{1,100}$/.test(protocol) ? { GIT_PROTOCOL: protocol } : {};
  const tree = await spawnTree({
    file: 'git',
    args: ['-c', 'safe.directory=*', '-c', 'core.hooksPath=/dev/null', service.slice('git-'.length), '--stateless-rpc', ...(isAdvertisement ? ['--advertise-refs'] : []), gitDir],
    env: { ...process.env, ...version, GIT_DIR: undefined, GIT_WORK_TREE: undefined, GIT_INDEX_FILE: undefined },
    stdio: [isAdvertisement ? 'ignore' : 'pipe', 'pipe', 'pipe'],
  });
  const end = (): void => void tree.killTree(500).catch(() => {});
  const timer = setTimeout(end, transferTimeoutMs);
  response?.on('close', () => {
    if (!response.writableEnded) end();
  });
  let stderr = '';
  tree.child.stderr?.on('data', (chunk: Buffer) => {
    stderr = (stderr + chunk.toString('utf8')).slice(-4000);
  });
  const { stdin, stdout } = tree.child;
  const incoming = stdin == null ? Promise.resolve() : feed(request, stdin);
  if (stdout !== null) {
    if (collect === undefined && response !== undefined) await pipeline(stdout, response, { end: false }).catch(() => end());
    else stdout.on('data', (chunk: Buffer) => collect?.push(chunk));
  }
  const { code } = await tree.ended;
  clearTimeout(timer);
  await incoming;
  if (code !== 0) log.debug('git ended with an error', { service, code, stderr });
  return code;
}

/** git may end before it has read everything: not an error of the transfer. */
async function feed(request: IncomingMessage, stdin: NodeJS.WritableStream): Promise<void> {
  const isGzip = request.headers['content-encoding'] === 'gzip';
  try {
    await (isGzip ? pipeline(request, createGunzip(), stdin) : pipeline(request, stdin));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EPIPE') request.resume();
  }
}

function usesVersion2(request: IncomingMessage): boolean {
  const protocol = request.headers['git-protocol'];
  return typeof protocol === 'string' && protocol.includes('version=2');
}
