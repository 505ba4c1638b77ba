import { integerFlag } from '@prow/base-flags';
import { configFlags } from '@prow/clients-config-source';
import { gitFlags } from '@prow/clients-git';
import { githubFlags } from '@prow/clients-github';
import { kubeFlags } from '@prow/clients-kube';

/** upstream: cmd/tide/main.go */
export const flags = {
  ...configFlags,
  ...kubeFlags,
  ...githubFlags,
  ...gitFlags,
  maxRecordsPerPool: integerFlag('max-records-per-pool', { help: 'how many actions of a branch are remembered', default: 1000, min: 1 }),
} as const;
