export { commands, runCommandLine } from './run-command-line.ts';
export type { Command, Console } from './command.ts';
