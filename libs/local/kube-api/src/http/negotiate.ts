// Which of the forms we can write a client's Accept header asks for. upstream: apiserver/pkg/endpoints/handlers/negotiation
import { notAcceptable } from '../status-error.ts';

/** `json`: the object; `table`: rows for people; `metadata`: PartialObjectMetadata; `discovery`: aggregated. */
export type AnswerForm = 'json' | 'table' | 'metadata' | 'discovery';

interface Clause {
  type: string;
  parameters: Readonly<Record<string, string>>;
}

/** Protobuf is never written: every client that asks for it takes JSON as well. */
export function negotiate(accept: string | undefined, offered: readonly AnswerForm[]): AnswerForm {
  if (accept === undefined || accept.trim() === '') return 'json';
  let onlyTable = true;
  for (const { type, parameters } of parseAccept(accept)) {
    const isJson = type === 'application/json' || type === '*/*' || type === 'application/*';
    const as = parameters['as'];
    if (as === undefined) onlyTable = false;
    if (!isJson) continue;
    const form = formOf(as, parameters);
    if (form !== undefined && offered.includes(form)) return form;
  }
  // A client that only knows protobuf or YAML still gets JSON, which says so in its Content-Type.
  if (!onlyTable) return 'json';
  throw notAcceptable('application/json, application/yaml, application/vnd.kubernetes.protobuf');
}

function formOf(as: string | undefined, parameters: Readonly<Record<string, string>>): AnswerForm | undefined {
  if (as === undefined) return 'json';
  if (as === 'Table' && parameters['g'] === 'meta.k8s.io') return 'table';
  if ((as === 'PartialObjectMetadata' || as === 'PartialObjectMetadataList') && parameters['g'] === 'meta.k8s.io') return 'metadata';
  if (as === 'APIGroupDiscoveryList' && parameters['g'] === 'apidiscovery.k8s.io' && parameters['v'] === 'v2') return 'discovery';
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
