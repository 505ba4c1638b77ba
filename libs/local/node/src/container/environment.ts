// A container's environment variables. upstream: pkg/kubelet/kubelet_pods.go (makeEnvironmentVariables)
import { ProwError } from '@prow/base-errors';
import { isEnvVarName, type ConfigMap, type Container, type EnvVar, type Pod, type ResourceList, type Secret } from '@prow/model-kube-types';
import { expandVariables } from './expand-variables.ts';
import { fieldValue, resourceFieldValue } from './field-values.ts';

/** Reads what pods refer to; undefined when there is no such object. */
export interface ObjectReader {
  configMap(namespace: string, name: string): Promise<ConfigMap | undefined>;
  secret(namespace: string, name: string): Promise<Secret | undefined>;
}

export interface EnvironmentRequest {
  pod: Pod;
  container: Container;
  objects: ObjectReader;
  allocatable: ResourceList;
  /** Variables that come before the container's own: the image's, HOSTNAME. */
  base: ReadonlyMap<string, string>;
}

/** A container that cannot be configured: waits as CreateContainerConfigError until the reference exists. */
export class ContainerConfigError extends ProwError {
  constructor(message: string, cause?: unknown) {
    super('PROW_NODE_CONTAINER_CONFIG', message, { cause });
  }
}

export interface Environment {
  /** What the container starts with. */
  all: Map<string, string>;
  /** What `$(NAME)` in its command and args may refer to. */
  own: Map<string, string>;
}

/** In the order of their definition, later ones winning. Throws ContainerConfigError. */
export async function resolveEnvironment(request: EnvironmentRequest): Promise<Environment> {
  const all = new Map(request.base);
  // References see only variables of the container itself, as upstream; the image's come into play at its start.
  const own = new Map<string, string>();
  for (const source of request.container.envFrom ?? []) {
    const values = source.configMapRef === undefined
      ? await secretValues(request, source.secretRef?.name ?? '', source.secretRef?.optional)
      : await configMapValues(request, source.configMapRef.name ?? '', source.configMapRef.optional);
    for (const [key, value] of values ?? []) {
      const name = `${source.prefix ?? ''}${key}`;
      if (isEnvVarName(name)) own.set(name, value);
    }
  }
  for (const variable of request.container.env ?? []) {
    const value = await variableValue(request, variable, own);
    if (value !== undefined) own.set(variable.name, value);
  }
  for (const [name, value] of own) all.set(name, value.replaceAll('\0', ''));
  return { all, own };
}

async function variableValue(request: EnvironmentRequest, { name, value, valueFrom }: EnvVar, own: ReadonlyMap<string, string>): Promise<string | undefined> {
  if (valueFrom === undefined || valueFrom === null) return expandVariables(value ?? '', (reference) => own.get(reference));
  const { pod, container, allocatable } = request;
  try {
    if (valueFrom.fieldRef) return fieldValue(pod, valueFrom.fieldRef.fieldPath);
    if (valueFrom.resourceFieldRef) return resourceFieldValue(pod, valueFrom.resourceFieldRef, container, allocatable);
  } catch (error) {
    throw new ContainerConfigError((error as Error).message, error);
  }
  const reference = valueFrom.configMapKeyRef ?? valueFrom.secretKeyRef;
  if (!reference) throw new ContainerConfigError(`variable ${name} has an empty valueFrom`);
  const [kind, values] = valueFrom.configMapKeyRef
    ? ['ConfigMap', await configMapValues(request, reference.name ?? '', reference.optional)] as const
    : ['Secret', await secretValues(request, reference.name ?? '', reference.optional)] as const;
  const found = values?.get(reference.key);
  if (found === undefined && reference.optional !== true) {
    throw new ContainerConfigError(`couldn't find key ${reference.key} in ${kind} ${pod.metadata.namespace}/${reference.name}`);
  }
  return found;
}

async function configMapValues({ pod, objects }: EnvironmentRequest, name: string, optional: boolean | undefined): Promise<Map<string, string> | undefined> {
  const configMap = await objects.configMap(pod.metadata.namespace ?? '', name);
  if (configMap === undefined && optional !== true) throw new ContainerConfigError(`configmap ${JSON.stringify(name)} not found`);
  return configMap && new Map(Object.entries(configMap.data ?? {}));
}

async function secretValues({ pod, objects }: EnvironmentRequest, name: string, optional: boolean | undefined): Promise<Map<string, string> | undefined> {
  const secret = await objects.secret(pod.metadata.namespace ?? '', name);
  if (secret === undefined && optional !== true) throw new ContainerConfigError(`secret ${JSON.stringify(name)} not found`);
  return secret && new Map(Object.entries(secret.data ?? {}).map(([key, value]) => [key, Buffer.from(value, 'base64').toString('utf8')]));
}
