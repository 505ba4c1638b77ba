// entrypoint alone, bundled into one file: what place-entrypoint puts into the tests' containers.
import { setFlagsFromString } from 'node:v8';
import { entrypointMain } from './entrypoint.ts';

// It lives as long as the test and takes its memory: no optimised code for a program that mostly waits (6 MB less).
for (const flag of ['--no-opt', '--single-threaded-gc']) setFlagsFromString(flag);

void entrypointMain(process.argv.slice(2));
