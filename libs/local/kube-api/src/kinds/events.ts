// Events of both groups are stored once, in the core form. upstream: pkg/apis/events/v1/conversion.go
import type { ApiObject, JsonObject } from '../api-object.ts';
import { isJsonObject } from '../api-object.ts';
import { invalidValue, type FieldError } from '../schema/field-error.ts';
import type { KindRules } from './kind-rules.ts';

const involved = (field: string) => (object: ApiObject): unknown => (isJsonObject(object['involvedObject']) ? object['involvedObject'][field] : undefined);

export const eventRules: KindRules = {
  createsOnUpdate: true,
  applyDefaults(object) {
    if (object.apiVersion !== 'v1') return;
    object['eventTime'] ??= null;
    object['reportingComponent'] ??= '';
    object['reportingInstance'] ??= '';
  },
  validate(object) {
    const errors: FieldError[] = [];
    const namespace = involved('namespace')(object);
    const wanted = namespace === undefined || namespace === '' ? 'default' : namespace;
    if (object['involvedObject'] !== undefined && object.metadata.namespace !== wanted) {
      errors.push(invalidValue('involvedObject.namespace', namespace ?? '', 'does not match event.namespace'));
    }
    return errors;
  },
  fields: {
    'involvedObject.kind': involved('kind'),
    'involvedObject.namespace': involved('namespace'),
    'involvedObject.name': involved('name'),
    'involvedObject.uid': involved('uid'),
    'involvedObject.apiVersion': involved('apiVersion'),
    'involvedObject.resourceVersion': involved('resourceVersion'),
    'involvedObject.fieldPath': involved('fieldPath'),
    reason: (object) => object['reason'],
    type: (object) => object['type'],
    source: (object) => (isJsonObject(object['source']) ? object['source']['component'] : undefined),
    reportingComponent: (object) => object['reportingComponent'],
  },
};

/** Field of core v1 → field of events.k8s.io/v1. */
const renamed: Readonly<Record<string, string>> = {
  message: 'note',
  involvedObject: 'regarding',
  source: 'deprecatedSource',
  firstTimestamp: 'deprecatedFirstTimestamp',
  lastTimestamp: 'deprecatedLastTimestamp',
  count: 'deprecatedCount',
  reportingComponent: 'reportingController',
};
const backwards = Object.fromEntries(Object.entries(renamed).map(([core, events]) => [events, core]));

export function eventToEventsGroup(core: JsonObject): JsonObject {
  return rename(core, renamed);
}

/** Events of both groups are stored in the core form; every other kind is stored as it comes. */
export function fromWireForm(object: ApiObject, resource: { group: string }): ApiObject {
  return resource.group === 'events.k8s.io' ? (rename(object, backwards) as ApiObject) : object;
}

export function toWireForm(object: ApiObject, resource: { group: string }): ApiObject {
  return resource.group === 'events.k8s.io' ? (rename(object, renamed) as ApiObject) : object;
}

function rename(object: JsonObject, names: Readonly<Record<string, string>>): JsonObject {
  return Object.fromEntries(Object.entries(object).map(([field, value]) => [Object.hasOwn(names, field) ? (names[field] as string) : field, value]));
}
