// What names, labels, annotations, owners and finalizers may look like.
// upstream: apimachinery/pkg/api/validation/objectmeta.go
import { isDns1123Label, isDns1123Subdomain } from '@prow/model-kube-types';
import type { ApiObject } from '../api-object.ts';
import { kindRules, type NameRule } from '../kinds/kind-rules.ts';
import type { Resource } from '../registry/resource.ts';
import { forbiddenField, invalidValue, requiredValue, tooLong, type FieldError } from '../schema/field-error.ts';
import { labelMessage, qualifiedNameErrors, subdomainMessage, validateLabels } from '../schema/validate-labels.ts';

const maxAnnotationBytes = 256 * 1024;
/** All others are of somebody, and say so: `example.com/name`. */
const standardFinalizers = new Set(['kubernetes', 'orphan', 'foregroundDeletion']);

const nameMessages: Readonly<Record<NameRule, string>> = {
  subdomain: subdomainMessage,
  label: labelMessage,
  segment: "may not be '.' or '..', may not contain '/' or '%'",
};

export function nameError(name: string, rule: NameRule): string | undefined {
  switch (rule) {
    case 'subdomain':
      if (name.length > 253) return 'must be no more than 253 characters';
      return isDns1123Subdomain(name) ? undefined : nameMessages.subdomain;
    case 'label':
      if (name.length > 63) return 'must be no more than 63 characters';
      return isDns1123Label(name) ? undefined : nameMessages.label;
    case 'segment':
      return name === '.' || name === '..' || /[/%]/.test(name) || name.length > 253 ? nameMessages.segment : undefined;
  }
}

export function validateMetadata(object: ApiObject, resource: Resource): FieldError[] {
  const { metadata } = object;
  const errors: FieldError[] = [];
  const rule = kindRules(resource).nameRule ?? 'subdomain';
  if (metadata.generateName !== undefined && metadata.generateName !== '') {
    const wrong = nameError(metadata.generateName.replace(/[-.]$/, ''), rule);
    if (wrong !== undefined) errors.push(invalidValue('metadata.generateName', metadata.generateName, wrong));
  }
  if (metadata.name === undefined || metadata.name === '') errors.push(requiredValue('metadata.name', 'name or generateName is required'));
  else {
    const wrong = nameError(metadata.name, rule);
    if (wrong !== undefined) errors.push(invalidValue('metadata.name', metadata.name, wrong));
  }
  validateLabels(metadata.labels, 'metadata.labels', errors);
  validateAnnotations(metadata.annotations, errors);
  validateOwners(metadata.ownerReferences ?? [], errors);
  (metadata.finalizers ?? []).forEach((finalizer, index) => {
    const wrong = qualifiedNameErrors(finalizer);
    for (const message of wrong) errors.push(invalidValue('metadata.finalizers', finalizer, message));
    if (wrong.length === 0 && !finalizer.includes('/') && !standardFinalizers.has(finalizer)) errors.push(invalidValue(`metadata.finalizers[${index}]`, finalizer, 'name is neither a standard finalizer name nor is it fully qualified'));
  });
  return errors;
}

function validateAnnotations(annotations: Record<string, string> | undefined, errors: FieldError[]): void {
  let bytes = 0;
  for (const [key, value] of Object.entries(annotations ?? {})) {
    bytes += Buffer.byteLength(key) + Buffer.byteLength(value);
    for (const message of qualifiedNameErrors(key.toLowerCase())) errors.push(invalidValue('metadata.annotations', key, message));
  }
  if (bytes > maxAnnotationBytes) errors.push(tooLong('metadata.annotations', maxAnnotationBytes));
}

function validateOwners(owners: NonNullable<ApiObject['metadata']['ownerReferences']>, errors: FieldError[]): void {
  owners.forEach((owner) => {
    // More than one slash says nothing that could be parsed.
    const version = owner.apiVersion.split('/').length > 2 ? '' : owner.apiVersion.slice(owner.apiVersion.indexOf('/') + 1);
    if (version === '') errors.push(invalidValue('metadata.ownerReferences.apiVersion', owner.apiVersion, 'version must not be empty'));
    for (const part of ['kind', 'name', 'uid'] as const) if (!owner[part]) errors.push(invalidValue(`metadata.ownerReferences.${part}`, owner[part], 'must not be empty'));
    if (owner.apiVersion === 'v1' && owner.kind === 'Event') errors.push(invalidValue('metadata.ownerReferences', owner, '/v1, Kind=Event is disallowed from being an owner'));
  });
  const controllers = owners.filter(({ controller }) => controller === true).map(({ kind, name }) => `${kind}/${name}`);
  if (controllers.length > 1) {
    errors.push(invalidValue('metadata.ownerReferences', owners, `Only one reference can have Controller set to true. Found "true" in references for ${controllers.join(' and ')}`));
  }
}

/** What an update may not do to metadata. */
export function validateMetadataUpdate(object: ApiObject, old: ApiObject): FieldError[] {
  const errors: FieldError[] = [];
  if (old.metadata.deletionTimestamp !== undefined) {
    const before = new Set(old.metadata.finalizers ?? []);
    const added = (object.metadata.finalizers ?? []).filter((one) => !before.has(one));
    if (added.length > 0) {
      errors.push(
        forbiddenField('metadata.finalizers', `no new finalizers can be added if the object is being deleted, found new finalizers []string{${added.map((one) => JSON.stringify(one)).join(', ')}}`),
      );
    }
  }
  return errors;
}
