// upstream: pkg/apis/core/validation/validation.go (ValidateVolumes)
import { compareQuantities } from '@prow/model-kube-types';
import { isJsonObject, objects, type JsonObject } from '../../api-object.ts';
import { duplicateValue, forbiddenField, invalidValue, requiredValue, unsupportedValue, type FieldError } from '../../schema/field-error.ts';
import { checkLabelName, checkLocalPath, objectAt, oneOf, textAt } from './checks.ts';

const hostPathTypes = ['', 'BlockDevice', 'CharDevice', 'Directory', 'DirectoryOrCreate', 'File', 'FileOrCreate', 'Socket'];
const downwardFields = ['metadata.annotations', 'metadata.labels', 'metadata.name', 'metadata.namespace', 'metadata.uid'];
const maxMode = 0o777;

/** The names of the volumes. */
export function validateVolumes(volumes: readonly JsonObject[], path: string, errors: FieldError[]): Set<string> {
  const names = new Set<string>();
  volumes.forEach((volume, index) => {
    const at = `${path}[${index}]`;
    const name = textAt(volume, 'name');
    if (name === '') errors.push(requiredValue(`${at}.name`));
    else if (names.has(name)) errors.push(duplicateValue(`${at}.name`, name));
    else checkLabelName(name, `${at}.name`, errors);
    names.add(name);
    const sources = Object.keys(volume).filter((key) => key !== 'name');
    // Which of two is too many: the order in which upstream looks at them.
    const extras = ['emptyDir', 'hostPath', 'secret', 'nfs', 'persistentVolumeClaim', 'downwardAPI', 'configMap', 'projected', 'csi', 'ephemeral', 'image'].filter((kind) => sources.includes(kind)).slice(1);
    for (const extra of extras) errors.push(forbiddenField(`${at}.${extra}`, 'may not specify more than 1 volume type'));
    for (const [kind, check] of Object.entries(checks)) if (!extras.includes(kind) && isJsonObject(volume[kind])) check(volume[kind], `${at}.${kind}`, errors);
  });
  return names;
}

const checks: Readonly<Record<string, (source: JsonObject, path: string, errors: FieldError[]) => void>> = {
  emptyDir(source, path, errors) {
    const limit = source['sizeLimit'];
    if (typeof limit === 'string' && compareQuantities(limit, '0') < 0) errors.push(forbiddenField(`${path}.sizeLimit`, 'SizeLimit field must be a valid resource quantity'));
  },
  hostPath(source, path, errors) {
    const place = textAt(source, 'path');
    if (place === '') errors.push(requiredValue(`${path}.path`));
    else if (place.split('/').includes('..')) errors.push(invalidValue(`${path}.path`, place, "must not contain '..'"));
    oneOf(source['type'], hostPathTypes, `${path}.type`, errors);
  },
  secret(source, path, errors) {
    if (textAt(source, 'secretName') === '') errors.push(requiredValue(`${path}.secretName`));
    checkFiles(source, path, errors);
  },
  configMap(source, path, errors) {
    if (textAt(source, 'name') === '') errors.push(requiredValue(`${path}.name`));
    checkFiles(source, path, errors);
  },
  persistentVolumeClaim(source, path, errors) {
    if (textAt(source, 'claimName') === '') errors.push(requiredValue(`${path}.claimName`));
  },
  nfs(source, path, errors) {
    for (const field of ['server', 'path']) if (textAt(source, field) === '') errors.push(requiredValue(`${path}.${field}`));
    if (!textAt(source, 'path').startsWith('/')) errors.push(invalidValue(`${path}.path`, textAt(source, 'path'), 'must be an absolute path'));
  },
  downwardAPI(source, path, errors) {
    checkMode(source['defaultMode'], `${path}.defaultMode`, errors);
    for (const item of objects(source['items'])) checkDownwardFile(item, path, errors);
  },
  projected(source, path, errors) {
    checkMode(source['defaultMode'], `${path}.defaultMode`, errors);
    objects(source['sources']).forEach((one, index) => checkProjection(one, `${path}.sources[${index}]`, { path, errors }));
  },
};

function checkProjection(source: JsonObject, at: string, { path, errors }: { path: string; errors: FieldError[] }): void {
  const kinds = ['secret', 'downwardAPI', 'configMap', 'serviceAccountToken', 'clusterTrustBundle'].filter((kind) => isJsonObject(source[kind]));
  if (kinds.length > 1) errors.push(forbiddenField(`${at}.${kinds[1]}`, 'may not specify more than 1 volume type'));
  for (const kind of ['secret', 'configMap'] as const) {
    const projected = objectAt(source, kind);
    if (projected === undefined) continue;
    if (textAt(projected, 'name') === '') errors.push(requiredValue(`${at}.${kind}.name`));
    checkItems(projected, `${at}.${kind}`, errors);
  }
  for (const item of objects(objectAt(source, 'downwardAPI')?.['items'])) checkDownwardFile(item, `${at}.downwardAPI`, errors);
  const token = objectAt(source, 'serviceAccountToken');
  if (token === undefined) return;
  const seconds = token['expirationSeconds'];
  if (typeof seconds === 'number' && seconds < 600) errors.push(invalidValue(`${at}.serviceAccountToken.expirationSeconds`, seconds, 'may not specify a duration less than 10 minutes'));
  if (typeof seconds === 'number' && seconds > 2 ** 32) errors.push(invalidValue(`${at}.serviceAccountToken.expirationSeconds`, seconds, 'may not specify a duration larger than 2^32 seconds'));
  if (textAt(token, 'path') === '') errors.push(requiredValue(`${path}.path`));
  else checkLocalPath(textAt(token, 'path'), `${path}.path`, errors);
}

/** Items of a Secret or ConfigMap, and the modes of their files. */
function checkFiles(source: JsonObject, path: string, errors: FieldError[]): void {
  checkMode(source['defaultMode'], `${path}.defaultMode`, errors);
  checkItems(source, path, errors);
}

function checkItems(source: JsonObject, path: string, errors: FieldError[]): void {
  objects(source['items']).forEach((item, index) => {
    const at = `${path}.items[${index}]`;
    if (textAt(item, 'key') === '') errors.push(requiredValue(`${at}.key`));
    if (textAt(item, 'path') === '') errors.push(requiredValue(`${at}.path`));
    else checkLocalPath(textAt(item, 'path'), `${at}.path`, errors);
    checkMode(item['mode'], `${at}.mode`, errors);
  });
}

function checkDownwardFile(item: JsonObject, path: string, errors: FieldError[]): void {
  if (textAt(item, 'path') === '') errors.push(requiredValue(`${path}.path`));
  else checkLocalPath(textAt(item, 'path'), `${path}.path`, errors);
  const field = objectAt(item, 'fieldRef');
  const resource = objectAt(item, 'resourceFieldRef');
  if (field !== undefined) {
    const name = textAt(field, 'fieldPath');
    if (name === '') errors.push(requiredValue(`${path}.fieldRef.fieldPath`));
    else if (!downwardFields.includes(name) && !/^metadata\.(?:labels|annotations)\['[^']+'\]$/.test(name)) errors.push(unsupportedValue(`${path}.fieldRef.fieldPath`, name, downwardFields));
    if (resource !== undefined) errors.push(invalidValue(path, 'resource', 'fieldRef and resourceFieldRef can not be specified simultaneously'));
  } else if (resource === undefined) errors.push(requiredValue(path, 'one of fieldRef and resourceFieldRef is required'));
  else {
    if (textAt(resource, 'containerName') === '') errors.push(requiredValue(`${path}.resourceFieldRef.containerName`));
    if (textAt(resource, 'resource') === '') errors.push(requiredValue(`${path}.resourceFieldRef.resource`));
  }
  checkMode(item['mode'], `${path}.mode`, errors);
}

function checkMode(mode: unknown, path: string, errors: FieldError[]): void {
  if (typeof mode === 'number' && (mode < 0 || mode > maxMode)) errors.push(invalidValue(path, mode, 'must be a number between 0 and 0777 (octal), both inclusive'));
}
