import { tryParseTime } from '@prow/model-kube-types';

const second = 1;
const minute = 60;
const hour = 3600;
const day = 86_400;

/** `5s`, `3m20s`, `25h`, `8d`… upstream: apimachinery/pkg/util/duration (HumanDuration) */
export function ageSince(time: string | null | undefined, nowMs: number): string {
  const since = tryParseTime(time);
  if (since === undefined) return '<unknown>';
  return humanDuration(Math.floor((nowMs - since) / 1000));
}

export function humanDuration(seconds: number): string {
  if (seconds < -1) return '<invalid>';
  if (seconds < 0) return '0s';
  if (seconds < 2 * minute) return `${seconds}s`;
  if (seconds < 10 * minute) return pair(seconds, [minute, 'm'], [second, 's']);
  if (seconds < 3 * hour) return `${Math.floor(seconds / minute)}m`;
  if (seconds < 8 * hour) return pair(seconds, [hour, 'h'], [minute, 'm']);
  if (seconds < 2 * day) return `${Math.floor(seconds / hour)}h`;
  if (seconds < 8 * day) return pair(seconds, [day, 'd'], [hour, 'h']);
  if (seconds < 2 * 365 * day) return `${Math.floor(seconds / day)}d`;
  if (seconds < 8 * 365 * day) return pair(seconds, [365 * day, 'y'], [day, 'd']);
  return `${Math.floor(seconds / (365 * day))}y`;
}

function pair(seconds: number, [large, largeName]: [number, string], [small, smallName]: [number, string]): string {
  const rest = Math.floor((seconds % large) / small);
  return `${Math.floor(seconds / large)}${largeName}${rest === 0 ? '' : `${rest}${smallName}`}`;
}
