/** Errors by their shape: those of another realm (worker, vm) are no instances of this realm's Error. */
export function isErrorLike(thrown: unknown): thrown is Error & { code?: unknown; errors?: unknown } {
  return typeof thrown === 'object' && thrown !== null && 'message' in thrown && typeof thrown.message === 'string' && 'name' in thrown && typeof thrown.name === 'string';
}

/** The system's code of an error (`ENOENT`), if it has one. */
export function systemCodeOf(thrown: unknown): string | undefined {
  return isErrorLike(thrown) && typeof thrown.code === 'string' && /^[A-Z][A-Z0-9_]*$/.test(thrown.code) ? thrown.code : undefined;
}
