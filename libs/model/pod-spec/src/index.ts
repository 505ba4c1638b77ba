export { makePod, testContainerName } from './make-pod.ts';
export type { MakePodOptions } from './make-pod.ts';
export { jobEnv, jobSpecText } from './job-env.ts';
export { clonePath, importPath } from './clone-path.ts';
