export { VirtualClock } from '@prow/base-time';
export { bundleProgram, repoRoot } from './bundle-program.ts';
export { startFaultProxy } from './fault-proxy.ts';
export type { Fault, FaultProxy, SeenRequest } from './fault-proxy.ts';
export { describeWithGolden, goldenPath, readGolden, readGoldenLines } from './read-goldens.ts';
export { startProgram } from './start-program.ts';
export type { Program, ProgramOptions } from './start-program.ts';
export { makeTempDir, removeDir, useTempDirs } from './temp-dirs.ts';
