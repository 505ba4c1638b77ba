export { cimasterApp } from './cimaster-app.ts';
export { poolCallNames } from './pool-calls.ts';
