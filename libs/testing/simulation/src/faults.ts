import type { SeededRandom } from './seeded-random.ts';

/** How badly the world treats the controllers. Probabilities are per event. */
export interface Faults {
  /** A call fails before it did anything. */
  callFails: number;
  /** A call succeeds, and its answer is lost. */
  answerLost: number;
  /** Longest time a call takes, ms. */
  slowestCallMs: number;
  /** Longest time an event takes into a cache, ms. */
  slowestEventMs: number;
  /** An event is delivered twice. */
  eventRepeated: number;
  /** A watch breaks: what follows is lost until the cache lists anew. */
  watchBreaks: number;
  /** The process dies right before or right after a write. */
  crash: number;
  /** GitHub refuses a call for now. */
  githubFails: number;
  /** A build cluster is cut off for a while, per minute. */
  clusterAway: number;
  /** A build cluster is taken out of the kubeconfigs for a while, per minute. */
  clusterRemoved: number;
  /** A process stands still for a while, per minute. */
  freeze: number;
  /** A pod is lost with its node, evicted, or deleted by somebody, per pod. */
  podLost: number;
  /** Somebody aborts, edits or deletes a job, per job. */
  meddling: number;
}

export function drawFaults(random: SeededRandom): Faults {
  const level = random.pick([0, 0.5, 1, 3]);
  return {
    callFails: 0.05 * level * random.next(),
    answerLost: 0.03 * level * random.next(),
    slowestCallMs: 1 + Math.floor(2000 * level * random.next() ** 3),
    slowestEventMs: 1 + Math.floor(10_000 * level * random.next() ** 2),
    eventRepeated: 0.1 * level * random.next(),
    watchBreaks: 0.01 * level * random.next(),
    crash: 0.02 * level * random.next(),
    githubFails: 0.2 * level * random.next(),
    clusterAway: 0.05 * level * random.next(),
    clusterRemoved: random.chance(0.1) ? 0.1 * level * random.next() : 0,
    freeze: 0.05 * level * random.next(),
    podLost: 0.25 * level * random.next(),
    meddling: 0.1 * level * random.next(),
  };
}

export const noFaults: Faults = {
  callFails: 0, answerLost: 0, slowestCallMs: 1, slowestEventMs: 1, eventRepeated: 0, watchBreaks: 0, crash: 0, githubFails: 0, clusterAway: 0, clusterRemoved: 0, freeze: 0, podLost: 0, meddling: 0,
};
