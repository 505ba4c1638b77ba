import { booleanFlag, stringFlag, stringListFlag, type FlagValues } from '@prow/base-flags';
import { configFlags } from '@prow/clients-config-source';
import { kubeFlags } from '@prow/clients-kube';

/** upstream: cmd/deck/main.go; below the line, what upstream does not have. */
export const flags = {
  ...configFlags,
  ...kubeFlags,
  tideUrl: stringFlag('tide-url', { help: 'where tide answers; without it there is no page of merge pools' }),
  hookUrl: stringFlag('hook-url', { help: "where hook's plugin help is; passed on at /plugin-help.js" }),
  hiddenOnly: booleanFlag('hidden-only', { help: 'show hidden jobs only; excludes --show-hidden and --tenant-id', default: false }),
  showHidden: booleanFlag('show-hidden', { help: 'show hidden jobs, too', default: false }),
  tenantIds: stringListFlag('tenant-id', { help: 'show jobs of this tenant only' }),
  rerunCreatesJob: booleanFlag('rerun-creates-job', { help: 'rerun starts the job, rather than showing its YAML', default: false }),
  spyglass: booleanFlag('spyglass', { help: 'accepted for compatibility: pages of runs are always there', default: true }),
  gcsCredentialsFile: stringFlag('gcs-credentials-file', { help: 'key of a service account to read GCS with' }),
  s3CredentialsFile: stringFlag('s3-credentials-file', { help: 'JSON with what is needed to read S3' }),

  webDir: stringFlag('web-dir', { help: 'folder of the built pages; default: beside this program' }),
  links: stringListFlag('nav-link', { help: 'NAME=URL shown in the navigation; may be given several times' }),
} as const;

export type DeckSettings = FlagValues<typeof flags>;
