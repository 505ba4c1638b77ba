// Which of the forms we can write a client's Accept header asks for. upstream: apiserver/pkg/endpoints/handlers/negotiation
import { notAcceptable } from '../status-error.ts';

/** `json`: the object; `table`: rows for people; `metadata` and `metadataList`: PartialObjectMetadata, of one or of many; `discovery`: aggregated. */
export type AnswerForm = 'json' | 'table' | 'metadata' | 'metadataList' | 'discovery';

interface Clause {
  type: string;
  parameters: Readonly<Record<string, string>>;
}

/** What upstream can write. Protobuf and YAML are never written here: every client that asks for them takes JSON as well. */
const writable = new Set(['application/json', '*/*', 'application/yaml', 'application/vnd.kubernetes.protobuf']);

export function negotiate(accept: string | undefined, offered: readonly AnswerForm[]): AnswerForm {
  if (accept === undefined || accept.trim() === '') return 'json';
  let takesPlain = false;
  let isWritable = false;
  for (const { type, parameters } of parseAccept(accept)) {
    if (!writable.has(type)) continue;
    isWritable = true;
    const as = parameters['as'];
    if (as === undefined) takesPlain = true;
    if (type === 'application/yaml' || type === 'application/vnd.kubernetes.protobuf') continue;
    const form = formOf(as, parameters);
    if (form !== undefined && offered.includes(form)) return form;
  }
  // A client that only knows protobuf or YAML still gets JSON, which says so in its Content-Type.
  if (takesPlain) return 'json';
  if (isWritable) throw notAcceptable('only the following media types are accepted: application/json, application/yaml, application/vnd.kubernetes.protobuf');
  throw notAcceptable('406: Not Acceptable\n\nAvailable representations: application/json, application/yaml, application/vnd.kubernetes.protobuf', {});
}

/** The second name is an older one, which kubectl still uses. upstream: kube-openapi/pkg/handler */
export const openApiProtobufType = 'application/com.github.proto-openapi.spec.v2.v1.0+protobuf';
const openApiProtobufTypes = new Set([openApiProtobufType, 'application/com.github.proto-openapi.spec.v2@v1.0+protobuf']);
const jsonTypes = new Set(['application/json', 'application/*', '*/*']);

/** Of `/openapi/v2`: protobuf (true) or JSON. Throws 406 when it is neither. */
export function wantsOpenApiProtobuf(accept: string | undefined): boolean {
  if (accept === undefined || accept.trim() === '') return false;
  const found = parseAccept(accept).find(({ type }) => openApiProtobufTypes.has(type) || jsonTypes.has(type));
  if (found === undefined) throw notAcceptable(`only the following media types are accepted: application/json, ${openApiProtobufType}`);
  return openApiProtobufTypes.has(found.type);
}

function formOf(as: string | undefined, { g: group, v: version }: Readonly<Record<string, string>>): AnswerForm | undefined {
  if (as === undefined) return 'json';
  const isMeta = group === 'meta.k8s.io' && (version === 'v1' || version === 'v1beta1');
  if (as === 'Table' && isMeta) return 'table';
  if (as === 'PartialObjectMetadata' && isMeta) return 'metadata';
  if (as === 'PartialObjectMetadataList' && isMeta) return 'metadataList';
  if (as === 'APIGroupDiscoveryList' && group === 'apidiscovery.k8s.io' && version === 'v2') return 'discovery';
  return undefined;
}

function parseAccept(accept: string): Clause[] {
  return accept
    .slice(0, 2000)
    .split(',')
    .map((clause) => {
      const [type = '', ...rest] = clause.split(';').map((part) => part.trim());
      const parameters: Record<string, string> = {};
      for (const part of rest) {
        const equals = part.indexOf('=');
        if (equals > 0) parameters[part.slice(0, equals)] = part.slice(equals + 1);
      }
      return { type, parameters };
    });
}
