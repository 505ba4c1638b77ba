import { stringListFlag, type FlagValues } from '@prow/base-flags';
import { authenticationFlags, roleFlag } from '@prow/clients-authentication';
import { configFlags } from '@prow/clients-config-source';
import { gitFlags } from '@prow/clients-git';
import { githubFlags } from '@prow/clients-github';
import { kubeFlags } from '@prow/clients-kube';

/** What a caller may be let do. Others may start and end what `rerun_auth_config` lets them. */
export const roles = ['trigger', 'abort', 'read', 'api-proxy'] as const;
export type Role = (typeof roles)[number];

/** Who may what where no `--role` is given. */
export const defaultRoles = ['trigger=user:token-file', 'read=*'];

export const flags = {
  ...configFlags,
  ...kubeFlags,
  ...githubFlags,
  ...gitFlags,
  ...authenticationFlags,
  roles: roleFlag(roles, defaultRoles),
  allowedEnv: stringListFlag('allowed-env', { help: 'variable that requests may add to a job, or the beginning of such names with * at its end. Default: none' }),
  allowedLabels: stringListFlag('allowed-label', { help: 'label that requests may add, or the beginning of such keys with * at its end. Default: none' }),
  allowedAnnotations: stringListFlag('allowed-annotation', { help: 'annotation that requests may add, or the beginning of such keys with * at its end. Default: none' }),
} as const;

export type ManualTriggerSettings = FlagValues<typeof flags>;
