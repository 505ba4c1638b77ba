// Request bodies in Kubernetes' protobuf: four bytes, then an envelope that names the kind and holds the message.
// Decoded into the JSON form that everything else works on; answers are always JSON.
// upstream: apimachinery/pkg/runtime/serializer/protobuf
import { gunzipSync } from 'node:zlib';
import protobuf from 'protobufjs';
import type { JsonObject } from '../api-object.ts';
import { packedProtobuf } from '../facts/protobuf-packed.ts';
import { badRequest } from '../status-error.ts';
import { messageToJson } from './protobuf-to-json.ts';

const magic = Buffer.from('k8s\0');
let root: protobuf.Root | undefined;

function messages(): protobuf.Root {
  root ??= protobuf.Root.fromJSON(JSON.parse(gunzipSync(Buffer.from(packedProtobuf, 'base64')).toString()) as protobuf.INamespace);
  return root;
}

const packages: Readonly<Record<string, string>> = {
  '': 'k8s.io.api.core',
  'apiextensions.k8s.io': 'k8s.io.apiextensions_apiserver.pkg.apis.apiextensions',
  'meta.k8s.io': 'k8s.io.apimachinery.pkg.apis.meta',
};

/** The object with its kind and apiVersion. The envelope's kind decides, `expected` only helps where it is missing. */
export function decodeProtobuf(body: Buffer, expected?: { groupVersion: string; kind: string }): JsonObject {
  if (!body.subarray(0, 4).equals(magic)) throw badRequest('the body is not Kubernetes protobuf: it must begin with "k8s\\0"');
  try {
    const envelope = messages().lookupType('k8s.io.apimachinery.pkg.runtime.Unknown').decode(body.subarray(4)) as unknown as {
      typeMeta?: { apiVersion?: string; kind?: string };
      raw?: Uint8Array;
    };
    const apiVersion = envelope.typeMeta?.apiVersion || expected?.groupVersion || '';
    const kind = envelope.typeMeta?.kind || expected?.kind || '';
    const type = findType(apiVersion, kind);
    const message = type.decode(envelope.raw ?? new Uint8Array());
    return { kind, apiVersion, ...messageToJson(message, type) };
  } catch (error) {
    if (error instanceof Error && error.name === 'StatusError') throw error;
    throw badRequest(`the protobuf body could not be decoded: ${error instanceof Error ? error.message.slice(0, 200) : ''}`);
  }
}

function findType(apiVersion: string, kind: string): protobuf.Type {
  const slash = apiVersion.indexOf('/');
  const group = slash < 0 ? '' : apiVersion.slice(0, slash);
  const version = apiVersion.slice(slash + 1);
  const short = group.replace(/\.k8s\.io$/, '').replace(/\.authorization$/, '');
  // Options of requests are sent with the version of the resource they are about.
  const candidates = [`${Object.hasOwn(packages, group) ? packages[group] : `k8s.io.api.${short}`}.${version}.${kind}`, `k8s.io.apimachinery.pkg.apis.meta.v1.${kind}`];
  for (const name of candidates) {
    try {
      return messages().lookupType(name);
    } catch {
      // the next candidate
    }
  }
  throw badRequest(`no kind ${JSON.stringify(kind)} is registered for version ${JSON.stringify(apiVersion)}`);
}
