// What the server knows of a resource: its names, verbs, schema and where its objects are stored.
import type { SchemaNode } from '../schema/schema-node.ts';

export interface Subresource {
  readonly name: string;
  readonly kind: string;
  readonly group: string;
  readonly version: string;
  readonly verbs: readonly string[];
}

/** A built-in resource as discovery describes it. */
export interface BuiltinResource {
  readonly group: string;
  readonly version: string;
  readonly plural: string;
  readonly singular: string;
  readonly kind: string;
  readonly namespaced: boolean;
  readonly verbs: readonly string[];
  readonly shortNames?: readonly string[];
  readonly categories?: readonly string[];
  readonly subresources?: readonly Subresource[];
}

export interface PrinterColumn {
  name: string;
  type: string;
  jsonPath: string;
  format?: string;
  description?: string;
  priority?: number;
}

export interface ScalePaths {
  /** Such as `.spec.replicas`. */
  specReplicas: string;
  statusReplicas: string;
  /** Undefined: built-in kinds, whose selector is an object. */
  labelSelector?: string;
}

/** The side of a resource that a CustomResourceDefinition made. */
export interface CustomDefinition {
  readonly definitionName: string;
  readonly columns: readonly PrinterColumn[];
  readonly selectableFields: readonly string[];
  readonly storageVersion: string;
  /** Where its number of replicas is, when it has the `scale` subresource. */
  readonly scale?: ScalePaths;
  /** Set once the definition is being deleted: nothing new may be created. */
  readonly isTerminating: boolean;
}

export interface Resource extends BuiltinResource {
  readonly listKind: string;
  /** `v1`, `apps/v1`. */
  readonly groupVersion: string;
  /** Objects of all versions of a resource lie under one name. */
  readonly storage: string;
  readonly hasStatus: boolean;
  /** Only the SchemaNode of custom resources is held; that of built-in ones is decoded when first asked for. */
  readonly schema: SchemaNode | undefined;
  readonly custom?: CustomDefinition;
}

export function groupVersionOf(group: string, version: string): string {
  return group === '' ? version : `${group}/${version}`;
}

export function storageName(group: string, plural: string): string {
  return group === '' ? plural : `${plural}.${group}`;
}
