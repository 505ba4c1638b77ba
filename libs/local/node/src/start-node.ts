// Puts a node together and runs it.
import { ProwError } from '@prow/base-errors';
import type { Informer } from '@prow/clients-kube';
import { parseQuantity, type Pod, type ResourceList } from '@prow/model-kube-types';
import { mkdir, realpath } from 'node:fs/promises';
import { cpus, totalmem } from 'node:os';
import { join, resolve } from 'node:path';
import { statfs } from 'node:fs/promises';
import type { NodeOptions, RunningNode, StopOptions } from './api.ts';
import { SpawnThread } from './container/spawn-thread.ts';
import { findTool } from './driver/host-tools.ts';
import { chooseDriver, type ChosenDriver } from './driver/choose-driver.ts';
import { EventRecorder } from './kubelet/event-recorder.ts';
import { Gate } from './kubelet/gate.ts';
import { KubeletServer } from './kubelet/kubelet-server.ts';
import type { NodeContext } from './kubelet/node-context.ts';
import { NodeRegistration, nodeLabels } from './kubelet/node-registration.ts';
import { KubeObjectReader } from './kubelet/object-reader.ts';
import { PodManager } from './kubelet/pod-manager.ts';
import { nodeType, podType } from './kubelet/resource-types.ts';
import { Scheduler } from './kubelet/scheduler.ts';
import { lockFolder } from './kubelet/lock-folder.ts';

const defaultPods = 250;
const defaultStopGraceMs = 2000;
const lastEventsMs = 300;

/**
 * Starts a node: registers it, adopts the pods that an earlier one left running, and takes new ones.
 * Rejects with PROW_NODE_RUNTIME when containers cannot run here as asked, with PROW_NODE_LOCKED when another node
 * uses the folder, and with the client's errors when the API does not answer.
 */
export async function startNode(options: NodeOptions): Promise<RunningNode> {
  const { kube, clock, log, nodeName = 'local', address = '127.0.0.1' } = options;
  const requested = resolve(options.dataDir);
  await mkdir(requested, { recursive: true, mode: 0o700 });
  const dataDir = await realpath(requested);
  const unlock = await lockFolder(dataDir);
  const podsDir = join(dataDir, 'pods');
  await mkdir(podsDir, { recursive: true });
  let chosen: ChosenDriver;
  try {
    chosen = await chooseDriver({
      runtime: options.runtime,
      nodeName,
      dataDir,
      clock,
      imagesDir: options.imagesDir === undefined ? undefined : resolve(options.imagesDir),
      imageRegistries: options.imageRegistries ?? ['hub.tess.io/prowimages/'],
      toolsDir: options.toolsDir === undefined ? undefined : resolve(options.toolsDir),
      nodeBinary: options.nodeBinary ?? process.execPath,
      sharedHostPaths: options.sharedHostPaths ?? [],
    });
  } catch (error) {
    await unlock();
    throw error;
  }
  const capacity = await capacityOf(options, dataDir);
  const labels = nodeLabels({ nodeName, labels: options.labels ?? {} });
  const events = new EventRecorder({ kube, nodeName, clock, log });
  const context: NodeContext = {
    kube, clock, log, nodeName, podsDir, events,
    hostIP: address === '0.0.0.0' ? '127.0.0.1' : address,
    allocatable: capacity,
    driver: chosen.driver,
    shim: { sh: needTool('sh'), cat: needTool('cat'), spawner: new SpawnThread() },
    objects: new KubeObjectReader(kube, clock),
    // An engine's pulls take minutes and little of this process.
    starts: new Gate(chosen.driver.name === 'docker' || chosen.driver.name === 'podman' ? 64 : Math.max(4, cpus().length * 2)),
    allowHostPaths: options.allowHostPaths ?? false,
    containerEnv: options.containerEnv ?? {},
    maxLogBytes: options.maxLogBytes ?? 1024 ** 3,
  };
  const pods = new PodManager(context);
  const server = new KubeletServer({ pods, clock, log, address, port: options.port ?? 0, token: options.token });
  const port = await server.listen();
  const registration = new NodeRegistration({ kube, clock, log, nodeName, hostIP: context.hostIP, port, capacity, labels, runtimeVersion: chosen.driver.version });
  const informer = kube.informer(podType);
  const nodes = kube.informer(nodeType, { fieldSelector: `metadata.name=${nodeName}` });
  const scheduler = new Scheduler({
    kube, clock, log, events, nodeName,
    pods: informer,
    node: () => nodes.get('', nodeName),
    allocatable: capacity,
    onBound: (pod) => pods.update(pod),
  });
  const stopEverything = async ({ leaveRunning = false, graceMs = defaultStopGraceMs }: StopOptions): Promise<void> => {
    scheduler.stop();
    await (leaveRunning ? pods.release() : pods.stop(graceMs));
    registration.stop();
    await Promise.all([informer.stop(), nodes.stop()]);
    await events.flush(lastEventsMs);
    await server.close();
    await context.shim.spawner.close();
    await chosen.driver.close?.();
    if (!leaveRunning) await chosen.memory?.close();
    await unlock();
  };
  try {
    await chosen.driver.removeOrphans?.();
    await registration.start();
    const wake = (): void => scheduler.wake();
    nodes.addHandler({ onAdd: wake, onUpdate: wake });
    nodes.start();
    await nodes.synced();
    informer.addHandler(podHandler(nodeName, pods, scheduler));
    informer.start();
    await informer.synced();
    await pods.removeOrphans();
  } catch (error) {
    await stopEverything({ leaveRunning: true }).catch(() => {});
    throw error;
  }
  log.info('Node started', { node: nodeName, runtime: chosen.driver.name, description: chosen.driver.description });
  let stopping: Promise<void> | undefined;
  return {
    name: nodeName,
    runtime: chosen.driver.name,
    description: chosen.driver.description,
    url: `http://${address}:${port}`,
    stop: (stopOptions = {}) => (stopping ??= stopEverything(stopOptions)),
  };
}

type PodHandler = Parameters<Informer<Pod>['addHandler']>[0];

function podHandler(nodeName: string, pods: PodManager, scheduler: Scheduler): PodHandler {
  const isOver = ({ status }: Pod): boolean => status?.phase === 'Succeeded' || status?.phase === 'Failed';
  const see = (pod: Pod): void => {
    if (pod.spec.nodeName === nodeName) {
      pods.update(pod);
      if (isOver(pod)) scheduler.wake(10);
    } else scheduler.wake();
  };
  return {
    onAdd: see,
    onUpdate: (_, pod) => see(pod),
    onDelete: (pod) => {
      pods.remove(pod);
      scheduler.wake(10);
    },
  };
}

async function capacityOf({ capacity = {} }: NodeOptions, dataDir: string): Promise<ResourceList> {
  const disk = await statfs(dataDir).then(({ bsize, blocks }) => bsize * blocks, () => 0);
  const list: ResourceList = {
    cpu: capacity.cpu ?? String(cpus().length),
    memory: capacity.memory ?? `${Math.floor(totalmem() / 1024)}Ki`,
    'ephemeral-storage': capacity.ephemeralStorage ?? `${Math.floor(disk / 1024)}Ki`,
    pods: String(capacity.pods ?? defaultPods),
  };
  for (const text of Object.values(list)) parseQuantity(text);
  return list;
}

function needTool(name: string): string {
  const path = findTool(name);
  if (path === undefined) throw new ProwError('PROW_NODE_RUNTIME', `${name} was not found on this machine`);
  return path;
}
