// What a subcommand is.
/** Where a command writes and reads; a test gives its own. */
export interface Console {
  out(text: string): void;
  error(text: string): void;
  /** Lines of standard input. */
  lines(): AsyncIterable<string>;
}

export interface Command {
  readonly name: string;
  readonly summary: string;
  /** @returns the exit code */
  run(argv: readonly string[], console: Console): Promise<number>;
}
