// `prow run APP …`: starts an app from its own bundle, which lies beside this one.
import { existsSync } from 'node:fs';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { nearestNames } from '@prow/base-errors';
import type { Command } from '../command.ts';

const apps = ['hook', 'plank', 'tide', 'deck', 'manual-trigger', 'cimaster', 'kube', 'github', 'local', 'pod-utils'] as const;

export const runAppCommand: Command = {
  name: 'run',
  summary: `Start an app: ${apps.join(', ')}.`,
  run: async (argv, console) => {
    const [app, ...rest] = argv;
    if (app === undefined || app === '--help' || app === '-h') {
      console.out(`Usage: prow run APP [flags]\n\nAPP is one of ${apps.join(', ')}; prow run APP --help explains its flags.\n`);
      return app === undefined ? 2 : 0;
    }
    if (!apps.some((name) => name === app)) {
      const near = nearestNames(app, apps);
      console.error(`prow run: there is no app ${app}${near.length === 0 ? '' : `; did you mean ${near.join(' or ')}?`} Apps are ${apps.join(', ')}.\n`);
      return 2;
    }
    // Chunks of this bundle may lie deeper than the bundle: the started file's place is what counts.
    const bundle = fileURLToPath(new URL(`../${app}/main.js`, pathToFileURL(process.argv[1] ?? '')));
    if (!existsSync(bundle)) {
      console.error(`prow run: ${bundle} is not there; npm run build makes it\n`);
      return 1;
    }
    process.argv = [process.execPath, bundle, ...rest];
    await import(pathToFileURL(bundle).href);
    // The app sets the exit code when it ends.
    return Number(process.exitCode ?? 0);
  },
};
