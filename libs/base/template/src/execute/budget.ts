import { limitError } from '../template-error.ts';
import type { PrintStyle } from '../format/print-value.ts';

export interface TemplateLimits {
  /** Characters of the result, and of any text made on the way. Default 1 Mi. */
  maxOutputLength?: number;
  /** Nodes and commands executed. Default 100,000. */
  maxSteps?: number;
}

const maxTemplateDepth = 100;

/** What one execution may still use up. */
export class Budget {
  readonly name: string;
  readonly maxOutputLength: number;
  readonly #maxSteps: number;
  #steps = 0;
  #depth = 0;

  constructor(name: string, { maxOutputLength = 1024 * 1024, maxSteps = 100_000 }: TemplateLimits) {
    this.name = name;
    this.maxOutputLength = maxOutputLength;
    this.#maxSteps = maxSteps;
  }

  /** One more piece of work. @throws ProwError PROW_TEMPLATE_LIMIT */
  step(): void {
    this.#steps += 1;
    if (this.#steps > this.#maxSteps) throw limitError(`template ${this.name} takes more than ${this.#maxSteps} steps`);
  }

  /** Text of this length was made. */
  checkLength(length: number): void {
    if (length > this.maxOutputLength) this.tooLong();
  }

  tooLong(): never {
    throw limitError(`template ${this.name} makes a text longer than ${this.maxOutputLength} characters`);
  }

  /** Inside a template called by a template. */
  nested(work: () => void): void {
    this.#depth += 1;
    if (this.#depth > maxTemplateDepth) throw limitError(`template ${this.name} calls templates deeper than ${maxTemplateDepth}`);
    work();
    this.#depth -= 1;
  }

  get printStyle(): PrintStyle {
    return { maxLength: this.maxOutputLength, onTooLong: () => this.tooLong() };
  }
}
