export { readEntrypointOptions } from './entrypoint/options.ts';
export type { EntrypointOptions, EntrypointRequest } from './entrypoint/options.ts';
export { runEntrypoint } from './entrypoint/run.ts';
export { placeEntrypoint } from './entrypoint/place.ts';
export { makeRuntime } from './entrypoint/runtime.ts';
export { createUtilityLog } from './utility-log.ts';
