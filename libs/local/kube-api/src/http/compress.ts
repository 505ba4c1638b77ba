// Large answers are compressed for clients that ask for it. upstream: apiserver/pkg/endpoints/handlers/responsewriters
import type { IncomingMessage } from 'node:http';
import { promisify } from 'node:util';
import { constants, gzip } from 'node:zlib';

/** Smaller answers are sent as they are. */
export const compressedFromBytes = 128 * 1024;
/** upstream: the fastest level, for clients are near. */
export const compressionLevel = constants.Z_BEST_SPEED;
export const compressedHeaders = { 'Content-Encoding': 'gzip', Vary: 'Accept-Encoding' } as const;

export function acceptsGzip({ headers }: IncomingMessage): boolean {
  const accepted = headers['accept-encoding'];
  return accepted !== undefined && String(accepted).split(',').some((one) => one.trim() === 'gzip');
}

const zip = promisify(gzip);

export async function compressed(body: Buffer | string): Promise<Buffer> {
  return await zip(body, { level: compressionLevel });
}
