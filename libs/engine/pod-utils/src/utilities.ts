// The utilities, each loaded when it runs: code of the others, and what they need of Node, would only delay its start.
// (entrypoint is a bundle of its own.)
import type { runCloneRefs as CloneRefs } from './clonerefs/run.ts';
import type { runInitUpload as InitUpload } from './initupload/run.ts';
import type { runSidecar as Sidecar } from './sidecar/run.ts';

export const runCloneRefs: typeof CloneRefs = async (...parts) => await (await import('./clonerefs/run.ts')).runCloneRefs(...parts);
export const runInitUpload: typeof InitUpload = async (...parts) => await (await import('./initupload/run.ts')).runInitUpload(...parts);
export const runSidecar: typeof Sidecar = async (...parts) => await (await import('./sidecar/run.ts')).runSidecar(...parts);
