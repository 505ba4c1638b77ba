// The row of a pod: readiness, status and restarts summed up. upstream: printPod
import { isJsonObject, objects, type ApiObject, type JsonObject } from '../api-object.ts';
import { ageSince } from './age.ts';
import type { TableColumn } from './columns.ts';
import { textOf } from '../text-of.ts';

const wide = 1;
const column = (name: string, priority = 0, type = 'string'): TableColumn => ({ name, type, format: name === 'Name' ? 'name' : '', description: '', priority });

export const podColumns: readonly TableColumn[] = [
  column('Name'),
  column('Ready'),
  column('Status'),
  column('Restarts'),
  column('Age'),
  column('IP', wide),
  column('Node', wide),
  column('Nominated Node', wide),
  column('Readiness Gates', wide),
];

export function podCells(object: ApiObject, nowMs: number): unknown[] {
  const spec = isJsonObject(object['spec']) ? object['spec'] : {};
  const status = isJsonObject(object['status']) ? object['status'] : {};
  const containers = objects(spec['containers']);
  const statuses = objects(status['containerStatuses']);
  const sidecars = objects(spec['initContainers']).filter((one) => one['restartPolicy'] === 'Always');
  const sidecarStatuses = objects(status['initContainerStatuses']).filter((one) => sidecars.some(({ name }) => name === one['name']));
  const ready = [...statuses, ...sidecarStatuses].filter((one) => one['ready'] === true && stateOf(one, 'running') !== undefined).length;
  const { reason, restarts, lastRestart } = summarize(object, spec, status);
  const restartText = restarts > 0 && lastRestart !== undefined ? `${restarts} (${ageSince(lastRestart, nowMs)} ago)` : String(restarts);
  return [
    object.metadata.name,
    `${ready}/${containers.length + sidecars.length}`,
    reason,
    restartText,
    ageSince(object.metadata.creationTimestamp, nowMs),
    status['podIP'] ?? '<none>',
    spec['nodeName'] ?? '<none>',
    status['nominatedNodeName'] ?? '<none>',
    '<none>',
  ];
}

function summarize(object: ApiObject, spec: JsonObject, status: JsonObject): { reason: string; restarts: number; lastRestart: string | undefined } {
  let reason = textOf(status['reason'] ?? status['phase'] ?? '');
  const conditions = objects(status['conditions']);
  if (conditions.some((one) => one['type'] === 'PodScheduled' && one['reason'] === 'SchedulingGated')) reason = 'SchedulingGated';
  const init = initReason(objects(spec['initContainers']), objects(status['initContainerStatuses']));
  const statuses = objects(status['containerStatuses']);
  const counted = init.isInitializing ? init.counted : [...init.sidecars, ...statuses];
  if (init.isInitializing) reason = init.reason ?? reason;
  else {
    let hasRunning = false;
    for (const one of [...statuses].reverse()) {
      const waiting = stateOf(one, 'waiting');
      const terminated = stateOf(one, 'terminated');
      if (waiting?.['reason']) reason = textOf(waiting['reason']);
      else if (terminated !== undefined) reason = terminatedReason(terminated);
      else if (one['ready'] === true && stateOf(one, 'running') !== undefined) hasRunning = true;
    }
    if (reason === 'Completed' && hasRunning) reason = conditions.some((one) => one['type'] === 'Ready' && one['status'] === 'True') ? 'Running' : 'NotReady';
  }
  if (object.metadata.deletionTimestamp !== undefined) reason = status['reason'] === 'NodeLost' ? 'Unknown' : isOver(status) ? reason : 'Terminating';
  const restarts = counted.reduce((sum, one) => sum + Number(one['restartCount'] ?? 0), 0);
  const finishes = counted.map((one) => (isJsonObject(one['lastState']) && isJsonObject(one['lastState']['terminated']) ? one['lastState']['terminated']['finishedAt'] : undefined));
  const lastRestart = finishes.filter((one): one is string => typeof one === 'string').sort().at(-1);
  return { reason, restarts, lastRestart };
}

function initReason(
  containers: readonly JsonObject[],
  statuses: readonly JsonObject[],
): { isInitializing: boolean; reason?: string; counted: JsonObject[]; sidecars: JsonObject[] } {
  const counted: JsonObject[] = [];
  const sidecars: JsonObject[] = [];
  for (const [index, one] of statuses.entries()) {
    counted.push(one);
    const isSidecar = containers.some(({ name, restartPolicy }) => name === one['name'] && restartPolicy === 'Always');
    if (isSidecar) sidecars.push(one);
    const terminated = stateOf(one, 'terminated');
    if (terminated !== undefined && terminated['exitCode'] === 0) continue;
    if (isSidecar && one['started'] === true) continue;
    const waiting = stateOf(one, 'waiting');
    let reason: string;
    if (terminated !== undefined) reason = `Init:${terminatedReason(terminated)}`;
    else if (waiting?.['reason'] && waiting['reason'] !== 'PodInitializing') reason = `Init:${textOf(waiting['reason'])}`;
    else reason = `Init:${index}/${containers.length}`;
    return { isInitializing: true, reason, counted, sidecars };
  }
  return { isInitializing: false, counted, sidecars };
}

function terminatedReason(terminated: JsonObject): string {
  if (terminated['reason']) return textOf(terminated['reason']);
  return terminated['signal'] ? `Signal:${textOf(terminated['signal'])}` : `ExitCode:${textOf(terminated['exitCode'])}`;
}

function isOver(status: JsonObject): boolean {
  return status['phase'] === 'Succeeded' || status['phase'] === 'Failed';
}

function stateOf(status: JsonObject, name: string): JsonObject | undefined {
  const state = isJsonObject(status['state']) ? status['state'] : {};
  return isJsonObject(state[name]) ? state[name] : undefined;
}
