import type { IncomingMessage } from 'node:http';
import { ProwError } from '@prow/base-errors';

/**
 * The raw body of a request.
 * @throws ProwError PROW_SERVICE_BODY_TOO_LARGE (413, as soon as it is known) or PROW_SERVICE_BODY_INCOMPLETE (400) (rejects)
 */
export async function readBody(request: IncomingMessage, { maxBytes }: { maxBytes: number }): Promise<Buffer> {
  const tooLarge = (): ProwError => new ProwError('PROW_SERVICE_BODY_TOO_LARGE', `the request body is larger than ${maxBytes} bytes`, { details: { maxBytes }, httpStatus: 413 });
  if (Number(request.headers['content-length'] ?? 0) > maxBytes) throw tooLarge();
  return await new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    request.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size > maxBytes) {
        request.removeAllListeners('data');
        request.pause();
        reject(tooLarge());
      } else chunks.push(chunk);
    });
    request.once('end', () => resolve(chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks)));
    const incomplete = (cause?: unknown): void => {
      // Every request closes in the end; an error, with its stack, is made for those only that were cut short.
      if (!request.complete) reject(new ProwError('PROW_SERVICE_BODY_INCOMPLETE', 'the request ended before its body did', { cause, httpStatus: 400 }));
    };
    request.once('error', incomplete);
    request.once('close', () => incomplete());
  });
}
