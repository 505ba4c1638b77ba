// Starts programs from a thread of its own: forking a process of some hundred megabytes takes milliseconds, during which
// the thread that asks for it stands still, and with it everything else in this process.
import { Worker } from 'node:worker_threads';

export interface DetachedProgram {
  file: string;
  args: readonly string[];
}

interface Answer {
  id: number;
  kind: 'spawned' | 'exited' | 'failed';
  /** Of a failure. */
  message?: string;
  code?: string;
}

/** What the thread runs; it has no module of its own, so that bundles need no second file. */
const threadCode = `
const { parentPort } = require('node:worker_threads');
const { spawn } = require('node:child_process');
parentPort.on('message', ({ id, file, args }) => {
  const fail = (error) => parentPort.postMessage({ id, kind: 'failed', message: error.message, code: error.code });
  let child;
  try {
    child = spawn(file, args, { cwd: '/', env: {}, stdio: 'ignore', detached: true });
  } catch (error) {
    // Some of the kernel's refusals (E2BIG) are thrown, and would end this thread for everybody.
    fail(error);
    return;
  }
  child.unref();
  child.once('spawn', () => parentPort.postMessage({ id, kind: 'spawned' }));
  child.once('error', fail);
  child.once('exit', () => parentPort.postMessage({ id, kind: 'exited' }));
});
`;

/** Made when first used; keeps nothing alive. */
export class SpawnThread {
  private worker: Worker | undefined;
  private readonly waiting = new Map<number, (answer: Answer) => void>();
  private lastId = 0;

  /**
   * Starts a program with an empty environment, in a session of its own, so that it outlives this process. Resolves
   * when it runs; `onExit` is called after its end. Rejects when it cannot be started.
   */
  async spawn({ file, args }: DetachedProgram, onExit: () => void): Promise<void> {
    const worker = this.worker ?? this.open();
    this.lastId += 1;
    const id = this.lastId;
    await new Promise<void>((resolve, reject) => {
      this.waiting.set(id, (answer) => {
        if (answer.kind === 'spawned') {
          resolve();
          return;
        }
        this.waiting.delete(id);
        if (answer.kind === 'exited') onExit();
        else reject(Object.assign(new Error(answer.message), { code: answer.code }));
      });
      worker.postMessage({ id, file, args });
    });
  }

  async close(): Promise<void> {
    await this.worker?.terminate();
  }

  private open(): Worker {
    const worker = new Worker(threadCode, { eval: true, execArgv: [], stdout: false, resourceLimits: { maxOldGenerationSizeMb: 32, maxYoungGenerationSizeMb: 4 } });
    worker.unref();
    worker.on('message', (answer: Answer) => this.waiting.get(answer.id)?.(answer));
    worker.on('error', (error) => this.giveUp(error.message));
    worker.on('exit', () => this.giveUp('the thread that starts programs has ended'));
    this.worker = worker;
    return worker;
  }

  /** Programs that run go on; their ends are found by looking at their folders. */
  private giveUp(message: string): void {
    this.worker = undefined;
    const waiting = [...this.waiting];
    this.waiting.clear();
    for (const [id, answer] of waiting) answer({ id, kind: 'failed', message });
  }
}
