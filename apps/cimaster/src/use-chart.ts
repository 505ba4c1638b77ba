// Use over time as a picture: clusters by state, one band on the other.
import type { ClusterState, UseAt } from '@prow/engine-cluster-pool';
import { html, type Html } from './page-frame.ts';

const width = 1100;
const height = 170;
const left = 30;
const bottom = 20;
/** From the bottom. */
const bands: readonly ClusterState[] = ['testing', 'held', 'cleaning', 'finished', 'disabled'];
export const stateWords: Readonly<Record<ClusterState, string>> = { finished: 'vacant', testing: 'leased', held: 'held', cleaning: 'cleaning', disabled: 'disabled' };

export function useChart(use: readonly UseAt[]): Html {
  const first = use[0];
  const last = use[use.length - 1];
  if (first === undefined || last === undefined) return html``;
  const most = Math.max(1, ...use.map(({ counts }) => bands.reduce((sum, state) => sum + counts[state], 0)));
  const x = (atMs: number): number => left + ((atMs - first.atMs) / Math.max(1, last.atMs - first.atMs)) * (width - left);
  const y = (count: number): number => height - bottom - (count / most) * (height - bottom - 6);
  const base = use.map(() => 0);
  const areas = bands.map((state) => {
    const below = [...base];
    use.forEach(({ counts }, index) => (base[index] = (base[index] ?? 0) + counts[state]));
    const top = use.map(({ atMs }, index) => point(x(atMs), y(base[index] ?? 0)));
    const floor = use.map(({ atMs }, index) => point(x(atMs), y(below[index] ?? 0))).toReversed();
    return html`<polygon class="${state}" fill-opacity="${state === 'finished' ? '.35' : '.8'}" points="${[...top, ...floor].join(' ')}"><title>${stateWords[state]}</title></polygon>`;
  });
  const hours = [0, 0.25, 0.5, 0.75, 1].map((part) => {
    const atMs = first.atMs + (last.atMs - first.atMs) * part;
    return html`<text x="${x(atMs).toFixed(0)}" y="${height - 5}" text-anchor="${part === 0 ? 'start' : part === 1 ? 'end' : 'middle'}">${part === 1 ? 'now' : `${new Date(atMs).toISOString().slice(11, 16)} UTC`}</text>`;
  });
  const lines = [...new Set([most, Math.round(most / 2)])].map((count) => html`<line class="grid" x1="${left}" x2="${width}" y1="${y(count).toFixed(1)}" y2="${y(count).toFixed(1)}"/><text x="${left - 6}" y="${(y(count) + 4).toFixed(1)}" text-anchor="end">${count}</text>`);
  const legend = bands.map((state) => html`<span class="state ${state}">${stateWords[state]}</span>`);
  return html`<div class="card"><div class="chart"><svg viewBox="0 0 ${width} ${height}" role="img" aria-label="Clusters by state over the last day">${lines}${areas}${hours}</svg></div><div class="legend">${legend}</div></div>`;
}

function point(x: number, y: number): string {
  return `${x.toFixed(1)},${y.toFixed(1)}`;
}
