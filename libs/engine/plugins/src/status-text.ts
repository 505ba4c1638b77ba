const maxBytes = 140;

/**
 * A status description that also names the base it was computed on, as tide reads it. GitHub folds ordinary blanks, so
 * the base is moved to the right with em quads, as many as upstream puts there. upstream: pkg/config/tide.go
 * ContextDescriptionWithBaseSha
 */
export function descriptionWithBase(text: string, baseSha: string): string {
  const suffix = ` BaseSHA:${baseSha}`;
  const free = maxBytes - Buffer.byteLength(text + suffix);
  // Upstream counts the growing text in bytes while it counts blanks one by one.
  const padding = free > 0 ? '\u2001'.repeat(Math.ceil(free / 4)) : '';
  return `${text.slice(0, maxBytes - suffix.length)}${padding}${suffix}`;
}
