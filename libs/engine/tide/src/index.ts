export { TideController } from './tide-controller.ts';
export type { TideControllerOptions } from './tide-controller.ts';
export type { HistoryRecord, PoolReport, PullReport, TideAction, TidePull } from './types.ts';
