#!/usr/bin/env node
// `npx prow …` from a checkout: builds what has changed, then runs the command line's bundle in this process.
import { fileURLToPath, pathToFileURL } from 'node:url';

const { ensureBuilt } = await import(new URL('../../../tools/build/build.mjs', import.meta.url).href);
await ensureBuilt({ quiet: !process.stderr.isTTY });
const main = fileURLToPath(new URL('../../../dist/prow/main.js', import.meta.url));
process.argv = [process.execPath, main, ...process.argv.slice(2)];
await import(pathToFileURL(main).href);
