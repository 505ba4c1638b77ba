import type { AppDefinition } from '@prow/base-service';
import { hookFlags } from './flags.ts';
import { startHook } from './start-hook.ts';

export { hookFlags } from './flags.ts';
export type { HookSettings } from './flags.ts';

/** Turns verified GitHub deliveries, recorded before they are acknowledged, into plugin calls. */
export const hookApp: AppDefinition<typeof hookFlags> = {
  name: 'hook',
  summary: 'Takes GitHub webhooks in, durably, and lets plugins act on them: ProwJobs, labels, comments, statuses.',
  examples: [
    'prow run hook --config-path config.yaml --job-config-path jobs/ --plugin-config plugins.yaml --kubeconfig kubeconfig --hmac-secret-file hmac --github-token-path token',
    'prow run hook … --event-source=poll   (no public address needed)',
  ],
  flags: hookFlags,
  defaultPort: 8888,
  graceMs: ({ gracePeriodMs }) => gracePeriodMs + 1000,
  start: startHook,
};
