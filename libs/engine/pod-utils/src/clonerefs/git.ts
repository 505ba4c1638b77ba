// Runs git, and writes down what it did.
import { run } from '@prow/base-process';
import { messageOf } from '@prow/base-errors';
import { nanosecondsSince } from './record.ts';
import type { CommandRecord } from './record.ts';
import type { SecretFilter } from './secrets.ts';

export interface GitCall {
  args: readonly string[];
  /** On top of the repository's environment. */
  env?: Readonly<Record<string, string>>;
  /** Pauses between tries; none: one try. */
  retryPausesMs?: readonly number[];
}

export interface GitResult {
  isOk: boolean;
  stdout: string;
  /** Both streams, standard error last. */
  output: string;
}

/** Kept of a command's output in the record. */
const maxOutputBytes = 1024 * 1024;
/** Answers that no waiting changes; tried again a little, as a replica may lag behind. */
const lastingFailures = /could(?:n't| not) find remote ref|not our ref|Authentication failed|could not read (?:Username|Password)|[Rr]epository (?:'.*' )?not found|not appear to be a git repository|Permission denied \(publickey/i;
const triesOfLastingFailure = 3;
const commandTimeoutMs = 2 * 3600 * 1000;

export class Git {
  readonly commands: CommandRecord[] = [];
  readonly #folder: string;
  readonly #env: Readonly<Record<string, string>>;
  readonly #shownEnv: readonly string[];
  readonly #secrets: SecretFilter;

  /** @param shownEnv names of `env` that belong into the record */
  constructor(settings: { folder: string; env: Readonly<Record<string, string>>; shownEnv?: readonly string[]; secrets: SecretFilter }) {
    this.#folder = settings.folder;
    this.#env = settings.env;
    this.#shownEnv = settings.shownEnv ?? [];
    this.#secrets = settings.secrets;
  }

  /** Runs one command; a failure is a result, and in the record. */
  async run({ args, env = {}, retryPausesMs = [] }: GitCall): Promise<GitResult> {
    let result: GitResult & { error?: string };
    const start = process.hrtime.bigint();
    for (let attempt = 0; ; attempt += 1) {
      result = await this.#once(args, env);
      const pause = retryPausesMs[attempt];
      if (result.isOk || pause === undefined || (attempt >= triesOfLastingFailure && lastingFailures.test(result.output))) break;
      await new Promise((resolve) => {
        setTimeout(resolve, pause);
      });
    }
    const shown = [...this.#shownEnv.flatMap((name) => (this.#env[name] === undefined ? [] : [`${name}=${this.#env[name]}`])), ...Object.entries(env).map(([name, value]) => `${name}=${value}`)];
    this.note(`PWD=${this.#folder} ${shown.join(' ')} git ${args.join(' ')}`, { output: result.output, error: result.error ?? '', start });
    return result;
  }

  /** Puts something that was done into the record. */
  note(command: string, { output = '', error = '', start }: { output?: string; error?: string; start: bigint }): void {
    const hide = (text: string): string => this.#secrets.hide(text);
    this.commands.push({ command: hide(command), ...(output === '' ? {} : { output: hide(output) }), ...(error === '' ? {} : { error: hide(error) }), duration: nanosecondsSince(start) });
  }

  /** Asks git something; nothing is recorded. Undefined if it fails. */
  async ask(args: readonly string[]): Promise<string | undefined> {
    const { isOk, stdout } = await this.#once(args, {});
    return isOk ? stdout : undefined;
  }

  async #once(args: readonly string[], env: Readonly<Record<string, string>>): Promise<GitResult & { error?: string }> {
    try {
      const { code, signal, stdout, stderr, timedOut } = await run({ file: 'git', args, cwd: this.#folder, env: { ...this.#env, ...env }, timeoutMs: commandTimeoutMs, maxOutputBytes });
      const output = `${stdout}${stderr}`;
      if (code === 0) return { isOk: true, stdout, output };
      return { isOk: false, stdout, output, error: timedOut ? 'timed out' : signal === null ? `exit status ${code}` : `signal: ${signal}` };
    } catch (error) {
      return { isOk: false, stdout: '', output: '', error: messageOf(error) };
    }
  }
}
