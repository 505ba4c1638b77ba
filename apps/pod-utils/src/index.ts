export { podUtilsMain } from './programs.ts';
export { entrypointMain } from './entrypoint.ts';
