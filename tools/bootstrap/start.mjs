// `npm start`: builds what has changed, then runs the whole system (dist/local/main.js) in this process.
import module from 'node:module';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { ensureBuilt } from '../build/build.mjs';

stopWithNpm();
await ensureBuilt();
// Newer Nodes keep compiled code between starts.
module.enableCompileCache?.(fileURLToPath(new URL('../../node_modules/.cache/compile', import.meta.url)));
const main = fileURLToPath(new URL('../../dist/local/main.js', import.meta.url));
process.argv = [process.execPath, main, ...process.argv.slice(2)];
await import(pathToFileURL(main).href);

/** npm passes a signal to its shell, which ends and tells nobody: without npm, nobody is left to stop us. */
function stopWithNpm() {
  if (process.env.npm_lifecycle_event !== 'start') return;
  const parent = process.ppid;
  setInterval(() => {
    if (process.ppid !== parent) process.kill(process.pid, 'SIGTERM');
  }, 1000).unref();
}
