// A badge of jobs' newest results. upstream: cmd/deck/badge.go (where error and aborted count as passing; here they fail)
import { matchesGlob } from '@prow/model-deck-api';
import { isComplete, type ProwJob } from '@prow/model-prowjob';

/** SVG: `build | passing`, `no results`, or `failing a, b, c, …` over the newest complete run of each job that fits a glob. */
export function badge(newestFirst: readonly ProwJob[], globs: readonly string[]): string {
  const newest = new Map<string, ProwJob>();
  for (const job of newestFirst) if (isComplete(job) && !newest.has(job.spec.job) && globs.some((glob) => matchesGlob(glob, job.spec.job))) newest.set(job.spec.job, job);
  const failing = [...newest.values()].filter(({ status }) => status.state !== 'success').map(({ spec }) => spec.job).toSorted();
  if (newest.size === 0) return svg('no results', '#555');
  if (failing.length === 0) return svg('passing', '#4c1');
  return svg(`failing ${failing.slice(0, 3).join(', ')}${failing.length > 3 ? ', …' : ''}`, '#e05d44');
}

function svg(text: string, color: string): string {
  const left = 40;
  const right = 12 + Math.round(text.length * 6.6);
  const safe = text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${left + right}" height="20" role="img"><rect rx="3" width="${left + right}" height="20" fill="#555"/><rect rx="3" x="${left}" width="${right}" height="20" fill="${color}"/><g fill="#fff" text-anchor="middle" font-family="Verdana,sans-serif" font-size="11"><text x="${left / 2}" y="14">build</text><text x="${left + right / 2}" y="14">${safe}</text></g></svg>`;
}
