// A node in a process of its own, to be killed: run as plain Node from a bundle made for it.
import { build } from 'esbuild';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { TestCluster } from './cluster.ts';

export class KilledNode {
  private readonly child: ChildProcess;

  private constructor(child: ChildProcess) {
    this.child = child;
  }

  /** Resolves when the node has started. */
  static async start(cluster: TestCluster, runtime = 'auto'): Promise<KilledNode> {
    const bundle = join(cluster.dir, 'node-main.mjs');
    if (!existsSync(bundle)) await build({
      entryPoints: [fileURLToPath(new URL('node-main.ts', import.meta.url))],
      outfile: bundle,
      bundle: true,
      platform: 'node',
      format: 'esm',
      logLevel: 'error',
      banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" },
    });
    await writeFile(join(cluster.dir, 'kubeconfig'), cluster.api.kubeconfig());
    const child = spawn(process.execPath, [bundle, cluster.dir, runtime], { stdio: ['ignore', 'pipe', 'inherit'] });
    for await (const line of createInterface({ input: child.stdout })) if (line === 'ready') break;
    return new KilledNode(child);
  }

  async kill(): Promise<void> {
    const exited = once(this.child, 'exit');
    this.child.kill('SIGKILL');
    await exited;
  }
}
