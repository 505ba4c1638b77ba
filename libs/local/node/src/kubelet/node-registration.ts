// The Node object and its heartbeat.
import { messageOf } from '@prow/base-errors';
import type { Logger } from '@prow/base-log';
import type { Clock, Timer } from '@prow/base-time';
import type { KubeClient } from '@prow/clients-kube';
import { formatMicroTime, formatTime, type Lease, type Node, type NodeCondition, type NodeStatus, type ResourceList } from '@prow/model-kube-types';
import { readFileSync } from 'node:fs';
import { arch, hostname, release } from 'node:os';
import { leaseType, namespaceType, nodeType } from './resource-types.ts';

export interface RegistrationOptions {
  kube: KubeClient;
  clock: Clock;
  log: Logger;
  nodeName: string;
  hostIP: string;
  /** Where logs are served. */
  port: number;
  capacity: ResourceList;
  labels: Readonly<Record<string, string>>;
  runtimeVersion: string;
}

const leaseNamespace = 'kube-node-lease';
const leaseSeconds = 40;
const heartbeatMs = 10_000;

/** Keeps the node registered and its lease renewed until stopped. */
export class NodeRegistration {
  private readonly options: RegistrationOptions;
  private timer: Timer | undefined;
  private stopped = false;

  constructor(options: RegistrationOptions) {
    this.options = options;
  }

  /** Rejects when the API refuses the node. */
  async start(): Promise<void> {
    await this.register();
    await this.beat();
  }

  stop(): void {
    this.stopped = true;
    this.timer?.cancel();
  }

  private async register(): Promise<void> {
    const { kube, nodeName } = this.options;
    const nodes = kube.resource(nodeType);
    const labels = nodeLabels(this.options);
    const node: Node = { apiVersion: 'v1', kind: 'Node', metadata: { name: nodeName, labels }, spec: {}, status: this.status(undefined) };
    const present = (await nodes.find(nodeName)) ?? (await nodes.create(node));
    await nodes.patch(nodeName, { type: 'merge', body: { metadata: { labels } } });
    await nodes.patch(nodeName, { type: 'merge', body: { status: this.status(present.status) } }, { subresource: 'status' });
  }

  private async beat(): Promise<void> {
    if (this.stopped) return;
    try {
      await this.renewLease();
      const node = await this.options.kube.resource(nodeType).find(this.options.nodeName);
      if (node === undefined) await this.register();
    } catch (error) {
      this.options.log.debug('Node heartbeat failed', { error: messageOf(error) });
    }
    if (!this.stopped) this.timer = this.options.clock.after(heartbeatMs, () => void this.beat());
  }

  private async renewLease(): Promise<void> {
    const { kube, clock, nodeName } = this.options;
    const leases = kube.resource(leaseType, leaseNamespace);
    const renewTime = formatMicroTime(clock.now());
    const present = await leases.find(nodeName);
    if (present !== undefined) {
      await leases.patch(nodeName, { type: 'merge', body: { spec: { holderIdentity: nodeName, leaseDurationSeconds: leaseSeconds, renewTime } } });
      return;
    }
    const lease: Lease = {
      apiVersion: 'coordination.k8s.io/v1',
      kind: 'Lease',
      metadata: { name: nodeName, namespace: leaseNamespace },
      spec: { holderIdentity: nodeName, leaseDurationSeconds: leaseSeconds, renewTime },
    };
    try {
      await leases.create(lease);
    } catch (error) {
      if ((error as { reason?: string }).reason !== 'NotFound') throw error;
      await kube.resource(namespaceType).create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: leaseNamespace } });
      await leases.create(lease);
    }
  }

  private status(before: NodeStatus | undefined): NodeStatus {
    const { clock, hostIP, port, capacity, runtimeVersion, nodeName } = this.options;
    const now = formatTime(clock.now());
    const condition = (type: string, status: 'True' | 'False', reason: string, message: string): NodeCondition => {
      const old = before?.conditions?.find((other) => other.type === type);
      return { type, status, lastHeartbeatTime: now, lastTransitionTime: old?.status === status ? old.lastTransitionTime ?? now : now, reason, message };
    };
    return {
      capacity,
      allocatable: capacity,
      addresses: [{ type: 'InternalIP', address: hostIP }, { type: 'Hostname', address: nodeName }],
      daemonEndpoints: { kubeletEndpoint: { Port: port } },
      conditions: [
        condition('MemoryPressure', 'False', 'KubeletHasSufficientMemory', 'kubelet has sufficient memory available'),
        condition('DiskPressure', 'False', 'KubeletHasNoDiskPressure', 'kubelet has no disk pressure'),
        condition('PIDPressure', 'False', 'KubeletHasSufficientPID', 'kubelet has sufficient PID available'),
        condition('Ready', 'True', 'KubeletReady', 'kubelet is posting ready status'),
      ],
      nodeInfo: {
        machineID: readLine('/etc/machine-id'),
        systemUUID: '',
        bootID: readLine('/proc/sys/kernel/random/boot_id'),
        kernelVersion: release(),
        osImage: /^PRETTY_NAME="?([^"\n]*)/m.exec(readText('/etc/os-release'))?.[1] ?? process.platform,
        containerRuntimeVersion: runtimeVersion,
        kubeletVersion: 'v1.34.0-prow-local',
        kubeProxyVersion: '',
        operatingSystem: process.platform === 'win32' ? 'windows' : process.platform,
        architecture: architecture(),
      },
    };
  }
}

/** What nodes are labelled with, for selectors and affinities. */
export function nodeLabels({ nodeName, labels }: Pick<RegistrationOptions, 'nodeName' | 'labels'>): Record<string, string> {
  return {
    'kubernetes.io/hostname': nodeName,
    'kubernetes.io/os': process.platform,
    'kubernetes.io/arch': architecture(),
    'prow.local/machine': hostname().replaceAll(/[^A-Za-z0-9._-]/g, '-').slice(0, 63).replace(/[^A-Za-z0-9]+$/, ''),
    ...labels,
  };
}

function architecture(): string {
  return ({ x64: 'amd64', ia32: '386' } as Record<string, string>)[arch()] ?? arch();
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

function readLine(path: string): string {
  return readText(path).trim();
}
