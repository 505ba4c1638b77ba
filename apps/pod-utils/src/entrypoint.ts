import { createUtilityLog, readEntrypointOptions, runEntrypoint } from '@prow/engine-pod-utils';

/** Exit code when the options cannot be read. */
const badOptions = 127;

/** Runs a test; does not return. Placing is for `main.js`: the placed file has nothing to place. */
export async function entrypointMain(argv: readonly string[]): Promise<void> {
  try {
    const request = readEntrypointOptions({ env: process.env, argv });
    if (request.kind === 'place') throw new Error('--copy-mode-only: this file is the copy');
    process.exit(await runEntrypoint(request.options));
  } catch (error) {
    createUtilityLog('entrypoint', (line) => process.stderr.write(line)).error('Could not resolve options', { error });
    process.exit(badOptions);
  }
}
