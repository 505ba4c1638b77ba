// Runs hook-trigger.ts beside the goldens, with a hook of its own. `node tools/goldens/hook-trigger.mjs [COUNT]`
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundle } from './bundle.mjs';

const shared = process.env.PROW_SHARED ?? fileURLToPath(new URL('../../../shared', import.meta.url));
if (existsSync(join(shared, 'goldens'))) {
  const [tool, hook] = await Promise.all([bundle('tools/goldens/hook-trigger.ts'), bundle('apps/hook/src/main.ts')]);
  try {
    process.exitCode = spawnSync(process.execPath, [tool.path, shared, hook.path, process.argv[2] ?? '200'], { stdio: 'inherit' }).status ?? 1;
  } finally {
    tool.remove();
    hook.remove();
  }
} else console.log(`trigger through a running hook: skipped, ${shared} is not there`);
