export type * from './api.ts';
export { coreType } from './resource-types.ts';
