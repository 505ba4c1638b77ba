// Reads what pods refer to, from the API. Level-triggered callers ask again, so a short memory is enough.
import type { Clock } from '@prow/base-time';
import type { KubeClient, KubeResource, ResourceType } from '@prow/clients-kube';
import type { ConfigMap, Pod, Secret, ServiceAccountTokenProjection, TokenRequest } from '@prow/model-kube-types';
import { LRUCache } from 'lru-cache';
import type { VolumeReader } from '../volume/volume-files.ts';
import { configMapType, secretType, serviceAccountType } from './resource-types.ts';

const defaultTokenSeconds = 3600;

export class KubeObjectReader implements VolumeReader {
  private readonly kube: KubeClient;
  private readonly clock: Clock;
  /** Reads under way: many containers that start at once and want the same object ask once. */
  private readonly reading = new Map<string, Promise<KubeResource | undefined>>();
  private readonly tokens = new LRUCache<string, { token: string; renewAt: number }>({ max: 4096 });

  constructor(kube: KubeClient, clock: Clock) {
    this.kube = kube;
    this.clock = clock;
  }

  configMap(namespace: string, name: string): Promise<ConfigMap | undefined> {
    return this.read(configMapType, namespace, name);
  }

  secret(namespace: string, name: string): Promise<Secret | undefined> {
    return this.read(secretType, namespace, name);
  }

  async serviceAccountToken(pod: Pod, { audience, expirationSeconds = defaultTokenSeconds }: ServiceAccountTokenProjection): Promise<string> {
    const { namespace = '', name = '', uid = '' } = pod.metadata;
    const account = pod.spec.serviceAccountName || 'default';
    const key = JSON.stringify([uid, account, audience, expirationSeconds]);
    const known = this.tokens.get(key);
    if (known !== undefined && this.clock.now() < known.renewAt) return known.token;
    const request: TokenRequest = {
      apiVersion: 'authentication.k8s.io/v1',
      kind: 'TokenRequest',
      spec: {
        expirationSeconds,
        boundObjectRef: { apiVersion: 'v1', kind: 'Pod', name, uid },
        ...(audience === undefined || audience === '' ? {} : { audiences: [audience] }),
      },
    };
    const answer = await this.kube.resource(serviceAccountType, namespace).createSubresource<TokenRequest>(account, 'token', request);
    const token = answer.status?.token ?? '';
    this.tokens.set(key, { token, renewAt: this.clock.now() + expirationSeconds * 800 });
    return token;
  }

  private read<T extends KubeResource>(type: ResourceType<T>, namespace: string, name: string): Promise<T | undefined> {
    const key = `${type.plural}/${namespace}/${name}`;
    const running = this.reading.get(key) as Promise<T | undefined> | undefined;
    if (running !== undefined) return running;
    const reading = this.kube.resource(type, namespace).find(name).finally(() => this.reading.delete(key));
    this.reading.set(key, reading);
    return reading;
  }
}
