// What every handler and controller of the server works with.
import type { Logger } from '@prow/base-log';
import type { Clock } from '@prow/base-time';
import type { Registry } from './registry/registry.ts';
import type { ObjectStore } from './storage/object-store.ts';

export interface Core {
  readonly store: ObjectStore;
  readonly registry: Registry;
  readonly clock: Clock;
  readonly log: Logger;
  /** PEM; what pods verify the server with. */
  readonly rootCertificate?: string;
}

/** Who asks, as authentication found out. */
export interface User {
  name: string;
  uid?: string;
  groups: readonly string[];
  extra?: Readonly<Record<string, readonly string[]>>;
}

/** How a write is to be made: from the query of the request. */
export interface WriteOptions {
  dryRun: boolean;
  /** Who gets the changed fields in managedFields. */
  fieldManager: string;
  fieldValidation: 'Ignore' | 'Warn' | 'Strict';
  /** Filled with warnings for the client. */
  warnings: string[];
  user: User;
  /** Filled with the paths of fields that were dropped, when somebody asks. */
  unknown?: string[];
}

export function objectKey(namespace: string, name: string): string {
  return namespace === '' ? name : `${namespace}/${name}`;
}
