import type { ApiObject } from '../api-object.ts';
import type { WriteOptions } from '../core.ts';
import type { Resource } from '../registry/resource.ts';

export interface UpdateRecord {
  old: ApiObject | undefined;
  object: ApiObject;
  resource: Resource;
  options: WriteOptions;
  nowMs: number;
  subresource: string;
}

export function recordUpdate(_record: UpdateRecord): void {}
