// `npx nx serve APP -- flags…`: builds what has changed, then runs dist/APP/main.js in this process.
import { fileURLToPath, pathToFileURL } from 'node:url';
import { ensureBuilt } from './build.mjs';

const [app, ...flags] = process.argv.slice(2);
await ensureBuilt();
const main = fileURLToPath(new URL(`../../dist/${app}/main.js`, import.meta.url));
process.argv = [process.execPath, main, ...flags];
await import(pathToFileURL(main).href);
