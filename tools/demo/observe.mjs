// Waiting for what should be seen, and saying what was seen.
import { setTimeout as sleep } from 'node:timers/promises';

const isTerminal = process.stdout.isTTY === true && process.env.NO_COLOR === undefined;
const paint = (code, text) => (isTerminal ? `\u001b[${code}m${text}\u001b[0m` : text);

export class Observations {
  #startedAt = Date.now();
  #right = 0;
  #wrong = 0;
  #records = [];

  constructor({ json = false } = {}) {
    this.json = json;
  }

  step(title) {
    if (!this.json) console.log(`\n${paint(1, title)}`);
    this.current = title;
  }

  seen(what, isRight = true) {
    if (isRight) this.#right += 1;
    else this.#wrong += 1;
    const seconds = (Date.now() - this.#startedAt) / 1000;
    this.#records.push({ step: this.current, seconds, observation: what, right: isRight });
    if (!this.json) console.log(`  ${seconds.toFixed(1).padStart(6)} s  ${isRight ? paint(32, '✓') : paint(31, '✗')} ${what}`);
  }

  /**
   * Asks until the answer is truthy, and notes it; after `seconds` notes a wrong observation, with what was there last.
   * @returns the answer, or undefined
   */
  async wait(what, ask, { seconds = 60, everyMs = 150, describe = (value) => JSON.stringify(value) } = {}) {
    const deadline = Date.now() + seconds * 1000;
    let last;
    for (;;) {
      try {
        last = await ask();
        if (last) {
          this.seen(typeof what === 'function' ? what(last) : what);
          return last;
        }
      } catch (error) {
        last = error;
      }
      if (Date.now() > deadline) {
        const detail = last instanceof Error ? last.message : last === undefined ? 'nothing' : describe(last);
        this.seen(`${typeof what === 'function' ? 'the expected' : what}: not seen within ${seconds} s (last: ${String(detail).slice(0, 500)})`, false);
        return undefined;
      }
      await sleep(everyMs);
    }
  }

  check(what, isRight) {
    this.seen(what, Boolean(isRight));
    return Boolean(isRight);
  }

  /** Prints the sum; the exit code. */
  finish() {
    const seconds = (Date.now() - this.#startedAt) / 1000;
    if (this.json) console.log(JSON.stringify({ right: this.#right, wrong: this.#wrong, seconds, observations: this.#records }, null, 2));
    else console.log(`\n${this.#wrong === 0 ? paint(32, 'All right') : paint(31, 'Not right')}: ${this.#right} observations right, ${this.#wrong} wrong, in ${seconds.toFixed(1)} s.`);
    return this.#wrong === 0 ? 0 : 1;
  }
}
