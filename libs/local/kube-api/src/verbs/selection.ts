// Which objects a list or watch is about: namespace, name, labels, fields.
import {
  matchesFields,
  matchesLabels,
  parseFieldSelector,
  parseLabelSelector,
  type ParsedFieldSelector,
  type ParsedLabelSelector,
} from '@prow/model-kube-types';
import { ProwError } from '@prow/base-errors';
import { fromStoredText, metadataOf, type ApiObject } from '../api-object.ts';
import type { Core } from '../core.ts';
import { kindRules } from '../kinds/kind-rules.ts';
import type { Resource } from '../registry/resource.ts';
import { badRequest } from '../status-error.ts';
import type { StoredVersion } from '../storage/change.ts';
import type { Entry } from '../storage/collection.ts';
import { readPath } from '../wire/json-path.ts';

/** Matches stored versions; parses no more of them than the selectors need, and each only once. */
export class Selection {
  readonly resource: Resource;
  readonly namespace: string;
  private readonly core: Core;
  private readonly labels: ParsedLabelSelector;
  private readonly fields: ParsedFieldSelector;
  private readonly needsFields: readonly string[];

  constructor(core: Core, resource: Resource, { namespace, query }: { namespace: string; query: URLSearchParams }) {
    this.core = core;
    this.resource = resource;
    this.namespace = namespace;
    this.labels = parseSelector(() => parseLabelSelector(query.get('labelSelector') ?? ''));
    this.fields = parseSelector(() => parseFieldSelector(query.get('fieldSelector') ?? ''));
    const supported = selectableFields(resource);
    for (const { field } of this.fields) {
      if (field !== 'metadata.name' && field !== 'metadata.namespace' && !supported.has(field)) {
        throw badRequest(supported.size > 0 || resource.custom !== undefined ? `field label not supported: ${field}` : `${JSON.stringify(field)} is not a known field selector: only "metadata.name", "metadata.namespace"`);
      }
    }
    this.needsFields = this.fields.map(({ field }) => field).filter((field) => field !== 'metadata.name' && field !== 'metadata.namespace');
  }

  get selectsAll(): boolean {
    return this.labels.length === 0 && this.fields.length === 0;
  }

  /** Keys of this selection begin with it. */
  get keyPrefix(): string {
    return this.namespace === '' ? '' : `${this.namespace}/`;
  }

  /** The one name that is asked for, where the field selector says so. */
  get singleName(): string | undefined {
    return this.fields.find(({ field, operator }) => field === 'metadata.name' && operator === '=')?.value;
  }

  matchesKey(key: string): boolean {
    if (!key.startsWith(this.keyPrefix)) return false;
    if (this.fields.length === 0) return true;
    const slash = key.indexOf('/');
    const [namespace, name] = slash < 0 ? ['', key] : [key.slice(0, slash), key.slice(slash + 1)];
    return this.fields.every(({ field, operator, value }) => {
      if (field !== 'metadata.name' && field !== 'metadata.namespace') return true;
      return ((field === 'metadata.name' ? name : namespace) === value) === (operator === '=');
    });
  }

  /** With what was parsed kept at the entry. */
  matchesEntry(entry: Entry): boolean {
    if (!this.matchesKey(entry.key)) return false;
    if (this.labels.length > 0) {
      entry.labels ??= this.labelsOf(this.core.store.version(entry.revision));
      if (!matchesLabels(this.labels, entry.labels)) return false;
    }
    if (this.needsFields.length > 0) {
      if (entry.fields === undefined || this.needsFields.some((field) => !entry.fields?.has(field))) {
        entry.fields = this.fieldsOf(this.core.store.version(entry.revision));
      }
      return this.matchesFieldValues(entry.fields);
    }
    return true;
  }

  matchesVersion(key: string, version: StoredVersion | undefined): boolean {
    if (version === undefined || !this.matchesKey(key)) return false;
    if (this.labels.length > 0 && !matchesLabels(this.labels, this.labelsOf(version))) return false;
    return this.needsFields.length === 0 || this.matchesFieldValues(this.fieldsOf(version));
  }

  private matchesFieldValues(values: ReadonlyMap<string, string>): boolean {
    const needed = this.fields.filter(({ field }) => this.needsFields.includes(field));
    return matchesFields(needed, (field) => values.get(field));
  }

  private labelsOf(version: StoredVersion | undefined): Record<string, string> {
    return version === undefined ? {} : (metadataOf(version).labels ?? {});
  }

  private fieldsOf(version: StoredVersion | undefined): Map<string, string> {
    const values = new Map<string, string>();
    if (version === undefined) return values;
    const object = fromStoredText(version.body, { apiVersion: '', kind: '' });
    for (const field of this.needsFields) values.set(field, textOf(fieldOf(object, field, this.resource)));
    return values;
  }
}

function selectableFields(resource: Resource): Set<string> {
  if (resource.custom !== undefined) return new Set(resource.custom.selectableFields.map((path) => path.replace(/^\./, '')));
  const names = Object.keys(kindRules(resource).fields ?? {});
  if (resource.group !== 'events.k8s.io') return new Set(names);
  return new Set([...names, ...names.map((name) => name.replace('involvedObject.', 'regarding.'))]);
}

function fieldOf(object: ApiObject, field: string, resource: Resource): unknown {
  if (resource.custom !== undefined) return readPath(object, `.${field}`)[0];
  return kindRules(resource).fields?.[field.replace('regarding.', 'involvedObject.')]?.(object);
}

function textOf(value: unknown): string {
  return value === undefined || value === null ? '' : typeof value === 'string' ? value : JSON.stringify(value);
}

function parseSelector<T>(parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    if (error instanceof ProwError) throw badRequest(error.message);
    throw error;
  }
}

