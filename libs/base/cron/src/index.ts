export { parseCron } from './parse-cron.ts';
export type { Schedule } from './schedule.ts';
