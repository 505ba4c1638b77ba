// Small objects in one request each, past the library's chain of thirty steps, which costs several times what the request
// itself does. Address and signer are what the library made of its first request. Whatever is not a plain success is the
// library's affair: it sends the object again, with its retries and its errors.
import { createHash } from 'node:crypto';
import type { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';

type Signer = Awaited<ReturnType<S3Client['config']['signer']>>;

/** As the library's own, of which we use this much. */
interface HttpRequest {
  protocol: string;
  hostname: string;
  port?: number;
  path: string;
  headers: Record<string, string>;
}

/** How the library reaches the bucket. */
interface Way {
  address: Omit<HttpRequest, 'path'>;
  /** What stands before an object's key. */
  pathBase: string;
  signer: Signer;
  signingRegion: string;
}

export interface SmallObject {
  key: string;
  body: Uint8Array;
  contentType: string | undefined;
  contentEncoding: string | undefined;
  signal: AbortSignal | undefined;
}

/** Larger ones: the chain is not what they cost. */
export const smallObjectBytes = 256 * 1024;

export class SmallPuts {
  readonly #client: S3Client;
  #way: Way | undefined;

  constructor(client: S3Client) {
    this.#client = client;
  }

  /** @returns whether the object is stored; false also if nothing was tried */
  async put(object: SmallObject): Promise<boolean> {
    const way = this.#way;
    if (way === undefined) return false;
    const { config } = this.#client;
    const { key, body, contentType, contentEncoding, signal } = object;
    try {
      const { protocol, hostname, port, headers: { host = hostname, 'user-agent': agent = '' } } = way.address;
      const request = {
        method: 'PUT', protocol, hostname, ...(port === undefined ? {} : { port }), path: way.pathBase + encodedKey(key), query: {}, body,
        headers: {
          host, 'user-agent': agent, 'content-length': String(body.length), 'x-amz-content-sha256': createHash('sha256').update(body).digest('hex'),
          ...(contentType === undefined ? {} : { 'content-type': contentType }), ...(contentEncoding === undefined ? {} : { 'content-encoding': contentEncoding }),
        },
      };
      const signingDate = new Date(Date.now() + config.systemClockOffset);
      const signed = await way.signer.sign(request, { signingDate, signingRegion: way.signingRegion, signingService: 's3' });
      const { response: { statusCode, body: answer } } = (await config.requestHandler.handle(signed, signal === undefined ? {} : { abortSignal: signal })) as { response: { statusCode: number; body: NodeJS.ReadableStream } };
      // The status says all; a connection that breaks after it must not end the program.
      answer.on('error', () => {}).resume();
      return statusCode === 200;
    } catch {
      return false;
    }
  }

  /** Looks at how the library sends this command. Nothing is learned of buckets that are signed for in other ways. */
  learnFrom(command: PutObjectCommand, key: string): void {
    if (this.#way !== undefined) return;
    command.middlewareStack.add((next, context) => async (args) => {
      const [scheme] = context['authSchemes'] as { name?: string; signingName?: string; signingRegion?: string }[] | undefined ?? [];
      const request = args.request as HttpRequest;
      const { signingRegion } = scheme ?? {};
      if (scheme?.name === 'sigv4' && scheme.signingName === 's3' && signingRegion !== undefined && request.path.endsWith(encodedKey(key))) {
        const signer = await this.#client.config.signer(scheme as Parameters<S3Client['config']['signer']>[0]);
        const { protocol, hostname, port, headers } = request;
        this.#way = { address: { protocol, hostname, headers, ...(port === undefined ? {} : { port }) }, pathBase: request.path.slice(0, -encodedKey(key).length), signer, signingRegion };
      }
      return await next(args);
    }, { step: 'finalizeRequest', priority: 'low', name: 'learnTheWay' });
  }
}

/** As S3 has it in signed paths: all but letters, digits, `-_.~` and the slashes. */
function encodedKey(key: string): string {
  return encodeURIComponent(key).replaceAll('%2F', '/').replaceAll(/[!'()*]/g, (found) => `%${found.charCodeAt(0).toString(16).toUpperCase()}`);
}
