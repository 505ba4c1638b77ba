// The newest state of large objects that are written again and again: to copy one costs a tenth of reading its text.
import type { ApiObject } from '../api-object.ts';

interface Parsed {
  revision: number;
  object: ApiObject;
  bytes: number;
}

/** Smaller texts are read about as fast as an object is copied. */
const minBytes = 32 * 1024;

/** What lies here is changed by nobody: `get` is for those who copy. */
export class ParsedObjects {
  private readonly objects = new Map<string, Parsed>();
  private readonly maxBytes: number;
  private bytes = 0;

  /** @param maxBytes of the objects' texts; in memory they take two to three times that */
  constructor(maxBytes: number) {
    this.maxBytes = maxBytes;
  }

  get(key: string, revision: number): ApiObject | undefined {
    const found = this.objects.get(key);
    return found?.revision === revision ? found.object : undefined;
  }

  set(key: string, parsed: Parsed): void {
    this.delete(key);
    if (parsed.bytes < minBytes || parsed.bytes > this.maxBytes) return;
    this.objects.set(key, parsed);
    this.bytes += parsed.bytes;
    for (const [oldest] of this.objects) {
      if (this.bytes <= this.maxBytes) return;
      this.delete(oldest);
    }
  }

  delete(key: string): void {
    const found = this.objects.get(key);
    if (found === undefined) return;
    this.objects.delete(key);
    this.bytes -= found.bytes;
  }
}
