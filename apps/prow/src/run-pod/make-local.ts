// Fits a pod to one machine: volumes that only a cluster has are named or replaced, what chooses a node is dropped.
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { ProwError } from '@prow/base-errors';
import { decodeText, parseYaml } from '@prow/base-yaml';
import type { KubeResource } from '@prow/clients-kube';
import type { Container, Pod, Volume } from '@prow/model-kube-types';

/** Objects that a pod may need to have beside it. */
export type GivenObject = KubeResource & { kind: (typeof givenKinds)[number] };
const givenKinds = ['Secret', 'ConfigMap'] as const;
const localSources = new Set(['name', 'emptyDir', 'hostPath', 'secret', 'configMap', 'downwardAPI', 'projected']);

/** `NAME=empty` or `NAME=/folder`, as upstream's mkpod asks for them at a terminal. @throws ProwError PROW_CLI_FLAG */
export function parseVolumeChoices(texts: readonly string[]): Map<string, string> {
  return new Map(texts.map((text) => {
    const at = text.indexOf('=');
    if (at < 1 || at === text.length - 1) throw new ProwError('PROW_CLI_FLAG', `--volume: found ${JSON.stringify(text)}, expected NAME=empty or NAME=FOLDER`);
    const choice = text.slice(at + 1);
    return [text.slice(0, at), choice === 'empty' || choice.toLowerCase() === 'emptydir' ? 'empty' : resolve(choice)];
  }));
}

/** @throws ProwError PROW_CLI_FLAG for a choice of a volume that the pod does not have */
export function makeLocal(pod: Pod, choices: ReadonlyMap<string, string>): Pod {
  const names = (pod.spec.volumes ?? []).map(({ name }) => name);
  for (const name of choices.keys()) if (!names.includes(name)) throw new ProwError('PROW_CLI_FLAG', `--volume: the pod has no volume ${name}; it has ${names.join(', ')}`);
  const volumes = (pod.spec.volumes ?? []).map((volume): Volume => {
    const choice = choices.get(volume.name);
    if (choice === undefined) return volume;
    return choice === 'empty' ? { name: volume.name, emptyDir: {} } : { name: volume.name, hostPath: { path: choice } };
  });
  const { affinity: _where, nodeSelector: _which, topologySpreadConstraints: _how, runtimeClassName: _runtime, priorityClassName: _priority, serviceAccountName: _account, imagePullSecrets: _pull, ...spec } = pod.spec as Pod['spec'] & Record<string, unknown>;
  return { ...pod, spec: { ...spec, automountServiceAccountToken: false, volumes, containers: spec.containers.map(withoutRequests), ...(spec.initContainers === undefined ? {} : { initContainers: spec.initContainers.map(withoutRequests) }) } };
}

/** Limits stay: they are part of what is tested. Requests only choose among machines. */
function withoutRequests(container: Container): Container {
  if (container.resources === undefined) return container;
  const { requests: _dropped, ...resources } = container.resources;
  return { ...container, resources };
}

/** Secrets and ConfigMaps of YAML files, several documents a file. @throws ProwError PROW_CLI_OBJECT */
export function readObjects(paths: readonly string[]): GivenObject[] {
  return paths.flatMap((path) => decodeText(readFileSync(path)).split(/^---(?:\s.*)?$/m).filter((text) => /^\s*[^#\s]/m.test(text)).flatMap((text) => {
    const object: unknown = parseYaml(text);
    const items = typeof object === 'object' && object !== null && 'kind' in object && object.kind === 'List' && 'items' in object && Array.isArray(object.items) ? (object.items as unknown[]) : [object];
    return items.map((item) => {
      if (isGiven(item)) return item;
      const kind = typeof item === 'object' && item !== null && 'kind' in item ? JSON.stringify(item.kind) : 'no kind';
      throw new ProwError('PROW_CLI_OBJECT', `${path}: found ${kind}, expected ${givenKinds.join(' or ')} with metadata.name`);
    });
  }));
}

function isGiven(value: unknown): value is GivenObject {
  return typeof value === 'object' && value !== null && 'kind' in value && givenKinds.some((kind) => kind === value.kind)
    && 'metadata' in value && typeof value.metadata === 'object' && value.metadata !== null && 'name' in value.metadata && typeof value.metadata.name === 'string';
}

/** What is missing for the pod to start, as sentences; none if all is there. */
export function missingFor(pod: Pod, objects: readonly GivenObject[]): string[] {
  const has = (kind: string, name: string | undefined): boolean => objects.some((object) => object.kind === kind && object.metadata.name === name);
  const missing = new Set<string>();
  const need = (kind: GivenObject['kind'], reference: { name?: string; optional?: boolean } | undefined | null, where: string): void => {
    if (reference == null || reference.optional === true || has(kind, reference.name)) return;
    missing.add(`${where} needs ${kind} ${reference.name ?? ''}: give it with --objects FILE`);
  };
  for (const volume of pod.spec.volumes ?? []) {
    const where = `volume ${volume.name}`;
    const foreign = Object.keys(volume).filter((key) => !localSources.has(key));
    if (foreign.length > 0) missing.add(`${where} is a ${foreign.join(', ')}, which this machine does not have: give --volume ${volume.name}=empty or --volume ${volume.name}=FOLDER`);
    const orReplace = `${where} (or --volume ${volume.name}=empty|FOLDER)`;
    if (volume.secret != null) need('Secret', { name: volume.secret.secretName ?? '', ...(volume.secret.optional === undefined ? {} : { optional: volume.secret.optional }) }, orReplace);
    need('ConfigMap', volume.configMap, orReplace);
    for (const { secret, configMap } of volume.projected?.sources ?? []) {
      need('Secret', secret, orReplace);
      need('ConfigMap', configMap, orReplace);
    }
  }
  for (const container of [...(pod.spec.initContainers ?? []), ...pod.spec.containers]) {
    for (const { name, valueFrom } of container.env ?? []) {
      need('Secret', valueFrom?.secretKeyRef, `container ${container.name}, env ${name},`);
      need('ConfigMap', valueFrom?.configMapKeyRef, `container ${container.name}, env ${name},`);
    }
    for (const { secretRef, configMapRef } of container.envFrom ?? []) {
      need('Secret', secretRef, `container ${container.name}, envFrom,`);
      need('ConfigMap', configMapRef, `container ${container.name}, envFrom,`);
    }
  }
  return [...missing];
}
