// What loading and checking have to say, as data: files and lines are added by who knows the text.
import type { ShapeFinding, Step } from '@prow/base-schema';

export type { Step };

export interface Finding {
  /** `error`: upstream refuses it, and so does loading. `warning`: it loads, though it is surely not meant so. */
  readonly severity: 'error' | 'warning';
  /** `PROW_CONFIG_<WHAT>`; docs/configuration explains each. */
  readonly code: string;
  readonly message: string;
  /** The file it is in; undefined where it is in none (a section that should be there). */
  readonly file?: string;
  /** The way to the value inside the file. */
  readonly path: readonly Step[];
  readonly suggestions?: readonly string[];
  /** Where the YAML reader itself stopped; counted from 0. */
  readonly line?: number;
  readonly column?: number;
}

/** Where a value came from. */
export interface Source {
  readonly file?: string | undefined;
  readonly path: readonly Step[];
}

/** Collects findings; checks are given one and a place. */
export class Findings {
  readonly items: Finding[] = [];
  private readonly maxItems: number;

  constructor(maxItems = 5000) {
    this.maxItems = maxItems;
  }

  error(code: string, message: string, source: Source, suggestions?: readonly string[]): void {
    this.add({ severity: 'error', code, message, ...placeOf(source), ...(suggestions === undefined || suggestions.length === 0 ? {} : { suggestions }) });
  }

  warning(code: string, message: string, source: Source, suggestions?: readonly string[]): void {
    this.add({ severity: 'warning', code, message, ...placeOf(source), ...(suggestions === undefined || suggestions.length === 0 ? {} : { suggestions }) });
  }

  add(finding: Finding): void {
    if (this.items.length < this.maxItems) this.items.push(finding);
  }

  hasErrors(): boolean {
    return this.items.some((finding) => finding.severity === 'error');
  }
}

const codes: Readonly<Record<ShapeFinding['kind'], string>> = {
  type: 'PROW_CONFIG_TYPE',
  value: 'PROW_CONFIG_VALUE',
  'unknown-field': 'PROW_CONFIG_UNKNOWN_FIELD',
  'too-big': 'PROW_CONFIG_TOO_BIG',
};

/** A finding of the decoder, as one of the configuration: unknown fields are warnings, all else keeps it from loading. */
export function fromShapeFinding(finding: ShapeFinding, file: string | undefined): Finding {
  return {
    severity: finding.kind === 'unknown-field' ? 'warning' : 'error',
    code: codes[finding.kind],
    message: finding.message,
    ...(file === undefined ? {} : { file }),
    path: finding.path,
    ...(finding.suggestions === undefined ? {} : { suggestions: finding.suggestions }),
  };
}

function placeOf({ file, path }: Source): Source {
  return file === undefined ? { path } : { file, path };
}

/** A place inside a place. Cheap: checks name many places and complain of few. */
export function within(source: Source, ...steps: readonly Step[]): Source {
  return new InnerPlace(source, steps);
}

class InnerPlace implements Source {
  private readonly outer: Source;
  private readonly steps: readonly Step[];

  constructor(outer: Source, steps: readonly Step[]) {
    this.outer = outer;
    this.steps = steps;
  }

  get file(): string | undefined {
    return this.outer.file;
  }

  get path(): readonly Step[] {
    return [...this.outer.path, ...this.steps];
  }
}
