export { startTestGitHub, startTestKube, useStarted } from './test-clusters.ts';
export type { TestGitHub, TestKube, TestPartOptions } from './test-clusters.ts';
