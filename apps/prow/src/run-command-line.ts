// `prow COMMAND …`: finds the command, turns what it throws into a message and an exit code.
import { messageOf, nearestNames } from '@prow/base-errors';
import type { Command, Console } from './command.ts';
import { checkCommand } from './commands/check.ts';
import { dumpCommand } from './commands/dump.ts';
import { explainCommand } from './commands/explain.ts';
import { mkpjCommand } from './commands/mkpj.ts';
import { mkpodCommand } from './commands/mkpod.ts';
import { runAppCommand } from './commands/run-app.ts';

export const commands: readonly Command[] = [checkCommand, dumpCommand, explainCommand, mkpjCommand, mkpodCommand, runAppCommand];

export async function runCommandLine(argv: readonly string[], console: Console): Promise<number> {
  const [name, ...rest] = argv;
  if (name === undefined || name === 'help' || name === '--help' || name === '-h') {
    console.out(usage());
    return name === undefined ? 2 : 0;
  }
  const command = commands.find((each) => each.name === name);
  if (command === undefined) {
    const near = nearestNames(name, commands.map((each) => each.name));
    console.error(`prow: there is no command ${name}${near.length === 0 ? '' : `; did you mean ${near.join(' or ')}?`}\n\n${usage()}`);
    return 2;
  }
  try {
    return await command.run(rest, console);
  } catch (error) {
    console.error(`prow ${name}: ${messageOf(error)}\n`);
    return 1;
  }
}

function usage(): string {
  const width = Math.max(...commands.map((command) => command.name.length));
  const list = commands.map((command) => `  ${command.name.padEnd(width)}  ${command.summary}`).join('\n');
  return `Usage: prow COMMAND [flags]\n\n${list}\n\nprow COMMAND --help explains a command.\n`;
}
