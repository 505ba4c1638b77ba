// The utilities as programs: options from environment or flags, a JSON log line for what happens, an exit code.
import { existsSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createUtilityLog, makeRuntime, placeEntrypoint, readCloneOptions, readEntrypointOptions, runCloneRefs, runEntrypoint, runInitUpload, runSidecar } from '@prow/engine-pod-utils';

type Program = (argv: readonly string[], sink: (line: string) => void) => Promise<number>;

const { env } = process;
const here = dirname(fileURLToPath(import.meta.url));
/** The Node that travels into tests: where an image of entrypoint has it, or where a node puts it for tests with images. */
const imageRuntime = join(here, 'runtime');
const runtime = existsSync(imageRuntime) ? imageRuntime : '/opt/prow/runtime';

const programs: Readonly<Record<string, Program>> = {
  clonerefs: (argv, sink) => runCloneRefs(readCloneOptions({ env, argv }), { env, log: createUtilityLog('clonerefs', sink) }),
  initupload: (argv, sink) => runInitUpload({ env, argv }, createUtilityLog('initupload', sink)),
  entrypoint: async (argv) => {
    const request = readEntrypointOptions({ env, argv });
    if (request.kind === 'run') return await runEntrypoint(request.options);
    placeEntrypoint({ destination: request.destination, program: join(here, 'entrypoint.cjs'), runtime });
    return 0;
  },
  sidecar: (argv, sink) => runSidecar({ env, argv }, sink),
  // For the build of entrypoint's image.
  'make-runtime': (argv) => {
    makeRuntime(argv[0] ?? imageRuntime);
    return Promise.resolve(0);
  },
};

const usageError = 2;
const failure = 1;

/** Runs the utility that `argv` names; does not return. */
export async function podUtilsMain([, called = '', ...rest]: readonly string[]): Promise<void> {
  const byName = programs[basename(called).replace(/\.[cm]?js$/, '')];
  const program = byName ?? programs[rest[0] ?? ''];
  const argv = byName === undefined ? rest.slice(1) : rest;
  if (program === undefined) {
    process.stderr.write(`usage: node main.js ${Object.keys(programs).join('|')} [flags]\n`);
    process.exit(usageError);
  }
  const sink = (line: string): void => void process.stderr.write(line);
  let code: number;
  try {
    code = await program(argv, sink);
  } catch (error) {
    createUtilityLog(byName === undefined ? (rest[0] ?? '') : basename(called), sink).error('Could not run', { error });
    code = failure;
  }
  process.exit(code);
}
