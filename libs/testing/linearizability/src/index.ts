export { checkLinearizable } from './check-linearizable.ts';
export type { Model, Operation, Verdict } from './check-linearizable.ts';
