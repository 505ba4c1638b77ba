// Who is next: in order within a lane, side by side between lanes, turn by turn between groups of lanes.

export interface LaneTask {
  /** Tasks of one lane run one after the other, in the order they were added. */
  readonly lane: string;
  /** Groups take turns, whatever the number of their lanes. */
  readonly group: string;
  /** Resolving with a promise of when to go on holds the lane until then and runs the task again. Never rejects. */
  readonly run: () => Promise<'finished' | { againAfter: Promise<void> }>;
}

interface Lane {
  readonly name: string;
  readonly group: string;
  readonly tasks: LaneTask[];
}

/**
 * Runs at most `concurrency` tasks at a time; a function is asked before each start, and again at `look`. A repository that sends a thousand events waits for its turn like one
 * that sends one.
 */
export class LaneScheduler {
  readonly #concurrency: () => number;
  readonly #lanes = new Map<string, Lane>();
  /** Lanes whose first task may run now; groups in the order of their turns. */
  readonly #ready = new Map<string, Lane[]>();
  #running = 0;
  #queued = 0;
  #isStarted = false;
  #idleWaiters: (() => void)[] = [];

  constructor({ concurrency }: { concurrency: number | (() => number) }) {
    this.#concurrency = typeof concurrency === 'number' ? () => concurrency : concurrency;
  }

  /** Tasks not finished yet. */
  get size(): number {
    return this.#queued;
  }

  get running(): number {
    return this.#running;
  }

  add(task: LaneTask): void {
    this.#queued += 1;
    const lane = this.#lanes.get(task.lane);
    if (lane !== undefined) {
      lane.tasks.push(task);
      return;
    }
    const fresh: Lane = { name: task.lane, group: task.group, tasks: [task] };
    this.#lanes.set(task.lane, fresh);
    this.#makeReady(fresh);
  }

  start(): void {
    this.#isStarted = true;
    this.#fill();
  }

  /** More may run than before. */
  look(): void {
    this.#fill();
  }

  /** Starts nothing more; what runs goes on. */
  stop(): void {
    this.#isStarted = false;
  }

  /** Resolves when nothing runs. */
  async quiet(): Promise<void> {
    while (this.#running > 0) await new Promise<void>((resolve) => this.#idleWaiters.push(resolve));
  }

  #makeReady(lane: Lane): void {
    const group = this.#ready.get(lane.group);
    if (group === undefined) this.#ready.set(lane.group, [lane]);
    else group.push(lane);
    this.#fill();
  }

  #fill(): void {
    while (this.#isStarted && this.#running < this.#concurrency()) {
      const lane = this.#takeNext();
      if (lane === undefined) return;
      void this.#runFirst(lane);
    }
  }

  /** The first lane of the group whose turn it is; the group then goes to the end of the line. */
  #takeNext(): Lane | undefined {
    for (const [name, lanes] of this.#ready) {
      const lane = lanes.shift();
      this.#ready.delete(name);
      if (lanes.length > 0) this.#ready.set(name, lanes);
      return lane;
    }
    return undefined;
  }

  async #runFirst(lane: Lane): Promise<void> {
    const [task] = lane.tasks;
    if (task === undefined) return;
    this.#running += 1;
    const outcome = await task.run();
    this.#running -= 1;
    if (outcome === 'finished') {
      lane.tasks.shift();
      this.#queued -= 1;
      if (lane.tasks.length > 0) this.#makeReady(lane);
      else this.#lanes.delete(lane.name);
    } else {
      void outcome.againAfter.then(() => this.#makeReady(lane));
    }
    if (this.#running === 0) for (const wake of this.#idleWaiters.splice(0)) wake();
    this.#fill();
  }
}
