import type { ApiObject, JsonObject } from '../api-object.ts';
import type { WriteOptions } from '../core.ts';
import type { Resource } from '../registry/resource.ts';
import { strategicMerge } from '../patching/strategic-merge.ts';
import { decodeObject } from '../verbs/decode-object.ts';

export interface ApplyRequest {
  present: ApiObject | undefined;
  body: JsonObject;
  resource: Resource;
  options: WriteOptions;
  force: boolean;
  nowMs: number;
  subresource: string;
}

export function applyFields({ present, body, resource, options }: ApplyRequest): ApiObject {
  return decodeObject(strategicMerge(present ?? {}, body, resource.schema), resource, options);
}
