import { noSuchResource } from '../status-error.ts';
import type { Core } from '../core.ts';
import { patchTypeOf } from '../verbs/patch-object.ts';
import { patchScale, readScale, updateScale } from '../verbs/scale.ts';
import { answerJson, warningHeaders } from './answer.ts';
import { asObject, mediaTypeOf, parseJson, parseYaml, readBody } from './read-body.ts';
import { targetOf, writeOptions, type ResourceRequest } from './resource-handler.ts';
import { decodeProtobuf } from '../wire/protobuf.ts';

/** GET, PUT and PATCH of `scale`. */
export async function answerScale(core: Core, context: ResourceRequest): Promise<void> {
  const { request, response, info, resource } = context;
  if (!(resource.subresources ?? []).some(({ name }) => name === 'scale')) throw noSuchResource();
  const target = targetOf(context);
  if (info.verb === 'get') {
    answerJson(response, 200, readScale(core, target));
    return;
  }
  const options = writeOptions(context);
  const patchType = info.verb === 'patch' ? patchTypeOf(request.headers['content-type'], false) : undefined;
  const type = patchType === undefined ? mediaTypeOf(request.headers['content-type']) : 'json';
  const body = await readBody(request);
  let scale;
  if (patchType !== undefined) scale = await patchScale(core, target, { type: patchType, patch: patchType === 'apply' ? parseYaml(body) : parseJson(body) }, options);
  else scale = await updateScale(core, target, type === 'protobuf' ? decodeProtobuf(body, { groupVersion: 'autoscaling/v1', kind: 'Scale' }) : asObject(type === 'yaml' ? parseYaml(body) : parseJson(body)), options);
  answerJson(response, 200, scale, warningHeaders(options.warnings));
}
