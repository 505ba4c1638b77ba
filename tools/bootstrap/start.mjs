// `npm start`: builds what has changed, then runs the whole system (dist/local/main.js) in this process.
import { fileURLToPath, pathToFileURL } from 'node:url';
import { ensureBuilt } from '../build/build.mjs';

await ensureBuilt();
const main = fileURLToPath(new URL('../../dist/local/main.js', import.meta.url));
process.argv = [process.execPath, main, ...process.argv.slice(2)];
await import(pathToFileURL(main).href);
