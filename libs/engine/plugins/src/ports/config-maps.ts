import type { Buffer } from 'node:buffer';

/** ConfigMaps that the config-updater plugin keeps equal to files. */
export interface ConfigMaps {
  /**
   * Sets and removes keys, making the ConfigMap when there is none; compare-and-swap on its resourceVersion, tried
   * again on conflict. `update` is given the present keys and may be called more than once.
   */
  change(request: {
    cluster: string;
    namespace: string;
    name: string;
    update: (present: ConfigMapContent) => ConfigMapContent | undefined;
  }): Promise<{ changed: boolean }>;
}

export interface ConfigMapContent {
  readonly data: Readonly<Record<string, string>>;
  readonly binaryData: Readonly<Record<string, Buffer>>;
  readonly annotations: Readonly<Record<string, string>>;
}
