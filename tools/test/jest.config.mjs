// One configuration for every room. A test's suffix is its price:
//   x.test.ts      pure: no socket, disk or clock
//   x.int.test.ts  loopback, temporary folders, child processes
//   x.e2e.test.ts  whole programs through their public ports
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));

export default {
  rootDir: root,
  testEnvironment: 'node',
  testMatch: ['<rootDir>/{apps,libs,tools}/**/*.test.{ts,tsx}'],
  testPathIgnorePatterns: ['/node_modules/', '<rootDir>/dist/', '<rootDir>/.prow/'],
  modulePathIgnorePatterns: ['<rootDir>/dist/', '<rootDir>/.prow/', '<rootDir>/.nx/'],
  watchPathIgnorePatterns: ['<rootDir>/dist/', '<rootDir>/.prow/'],
  extensionsToTreatAsEsm: ['.ts', '.tsx'],
  transform: { '\\.tsx?$': fileURLToPath(new URL('jest-esbuild.mjs', import.meta.url)) },
  transformIgnorePatterns: ['/node_modules/'],
  testTimeout: 60_000,
};
