// Uploads a stream of unknown length in parts, through one buffer that is used again: memory stays at one part however
// long the stream. (@aws-sdk/lib-storage copies each part several times: 60 MiB more.)
import { AbortMultipartUploadCommand, CompleteMultipartUploadCommand, CreateMultipartUploadCommand, PutObjectCommand, UploadPartCommand } from '@aws-sdk/client-s3';
import type { S3Client } from '@aws-sdk/client-s3';

/** The smallest that S3 takes. 10,000 parts are possible: 50 GB. */
const partBytes = 5 * 1024 * 1024;

/** Buffers of uploads that have ended well; allocated anew for each, they would stay until Node's collector runs. */
const spareParts: Buffer[] = [];
const maxSpareParts = 2;

interface Target {
  Bucket: string;
  Key: string;
}

/** One request for what fits one part. A stream or server that fails leaves no parts behind. */
export async function uploadInParts(client: S3Client, input: Target & Record<string, unknown>, body: AsyncIterable<unknown>, signal?: AbortSignal): Promise<void> {
  const options = signal === undefined ? {} : { abortSignal: signal };
  const { Bucket, Key } = input;
  const part = spareParts.pop() ?? Buffer.allocUnsafeSlow(partBytes);
  const etags: string[] = [];
  let id: string | undefined;
  const send = async (bytes: Buffer): Promise<void> => {
    id ??= (await client.send(new CreateMultipartUploadCommand(input), options)).UploadId;
    const { ETag = '' } = await client.send(new UploadPartCommand({ Bucket, Key, UploadId: id, PartNumber: etags.length + 1, Body: bytes }), options);
    etags.push(ETag);
  };
  try {
    const rest = await inParts(body, part, send, signal);
    if (id === undefined) {
      await client.send(new PutObjectCommand({ ...input, Body: rest }), options);
    } else {
      if (rest.length > 0) await send(rest);
      await client.send(new CompleteMultipartUploadCommand({ Bucket, Key, UploadId: id, MultipartUpload: { Parts: etags.map((ETag, index) => ({ ETag, PartNumber: index + 1 })) } }), options);
    }
    // Not after a failure: a request that was given up may still be sending it.
    if (spareParts.length < maxSpareParts) spareParts.push(part);
  } catch (error) {
    if (id !== undefined) await client.send(new AbortMultipartUploadCommand({ Bucket, Key, UploadId: id })).catch(() => {});
    throw error;
  }
}

/** Sends every full part, one at a time; returns what is left for the last one. */
async function inParts(body: AsyncIterable<unknown>, part: Buffer, send: (bytes: Buffer) => Promise<void>, signal: AbortSignal | undefined): Promise<Buffer> {
  let filled = 0;
  for await (const chunk of body) {
    signal?.throwIfAborted();
    const bytes = typeof chunk === 'string' ? Buffer.from(chunk) : (chunk as Uint8Array);
    for (let at = 0; at < bytes.length; ) {
      // Only when more comes: the last part may be a full one.
      if (filled === partBytes) {
        await send(part);
        filled = 0;
      }
      const count = Math.min(partBytes - filled, bytes.length - at);
      part.set(bytes.subarray(at, at + count), filled);
      filled += count;
      at += count;
    }
  }
  return part.subarray(0, filled);
}
