// Programs of the machine that containers are started with.
import { accessSync, constants } from 'node:fs';
import { join } from 'node:path';

const folders = ['/usr/bin', '/bin', '/usr/sbin', '/sbin', '/usr/local/bin', '/run/current-system/sw/bin'];

/** The program's path; looked for where systems keep their own, then in PATH. Undefined when there is none. */
export function findTool(name: string, path = process.env.PATH ?? ''): string | undefined {
  return firstOf([...folders, ...path.split(':')], name);
}

/** As a shell would find it: for programs that users choose by their PATH. */
export function findInPath(name: string, path = process.env.PATH ?? ''): string | undefined {
  return firstOf([...path.split(':'), ...folders], name);
}

function firstOf(candidates: readonly string[], name: string): string | undefined {
  for (const folder of candidates.filter((entry) => entry.startsWith('/'))) {
    try {
      accessSync(join(folder, name), constants.X_OK);
      return join(folder, name);
    } catch {
      // Not there.
    }
  }
  return undefined;
}
