// The schema of a whole object as ownership sees it: its own, with ObjectMeta's for the metadata of any kind.
import { builtinSchema } from '../registry/builtin-schemas.ts';
import type { Resource } from '../registry/resource.ts';
import type { SchemaNode } from '../schema/schema-node.ts';

export function metadataSchema(): SchemaNode | undefined {
  return builtinSchema('io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta');
}

export function schemaAt(resource: Resource, field: string): SchemaNode | undefined {
  return field === 'metadata' ? metadataSchema() : resource.schema?.child(field);
}
