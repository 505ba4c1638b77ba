import { booleanFlag, integerFlag, stringFlag, stringListFlag, type FlagValues } from '@prow/base-flags';
import { configFlags } from '@prow/clients-config-source';
import { githubFlags } from '@prow/clients-github';
import { kubeFlags } from '@prow/clients-kube';

export const controllerNames = ['plank', 'crier', 'horologium', 'sinker', 'scheduler', 'status-reconciler'] as const;
export type ControllerName = (typeof controllerNames)[number];

/** upstream: cmd/prow-controller-manager, cmd/crier, cmd/horologium, cmd/sinker, cmd/status-reconciler */
export const flags = {
  ...configFlags,
  ...kubeFlags,
  ...githubFlags,
  controllers: stringListFlag('controllers', {
    help: `which controllers run here: ${controllerNames.join(', ')}; separated by commas or given several times`,
    default: ['plank', 'crier', 'horologium', 'sinker', 'scheduler'],
    comma: true,
  }),
  enableControllers: stringListFlag('enable-controller', { help: "upstream's spelling: a controller that runs here besides those of --controllers", comma: true }),
  leaderElection: booleanFlag('leader-election', { help: 'of several replicas only one runs each controller, by a Lease in the ProwJob namespace', default: true }),
  leaderIdentity: stringFlag('leader-identity', { help: 'name of this replica in the leases; one that comes back under its name leads again at once. Default: host name, process id and a random part' }),
  totUrl: stringFlag('tot-url', { help: 'address of a tot server that gives out build ids; default: ids are made here' }),
  labelSelector: stringFlag('label-selector', { help: 'only pods that also match this selector are watched', default: '' }),
  concurrency: integerFlag('plank-workers', { help: 'ProwJobs looked at at once, per build cluster', default: 50, min: 1, max: 1000 }),
  githubWorkers: integerFlag('github-workers', { help: 'pull requests reported to GitHub at once; 0 switches the reporter off', default: 8, min: 0, max: 200 }),
  reportAgent: stringFlag('report-agent', { help: 'only ProwJobs of this agent are reported to GitHub', default: '' }),
  storageWorkers: integerFlag('blob-storage-workers', { help: 'ProwJobs written to artifact storage at once; 0 switches the reporter off', default: 8, min: 0, max: 200 }),
  podInfoWorkers: integerFlag('kubernetes-blob-storage-workers', { help: "ProwJobs whose pod's end is recorded in artifact storage at once; 0 switches the reporter off", default: 0, min: 0, max: 200 }),
  podInfoFraction: stringFlag('kubernetes-report-fraction', { help: 'which part of all ProwJobs that reporter records, 0 to 1', default: '1.0' }),
  slackWorkers: integerFlag('slack-workers', { help: 'messages sent to Slack at once; 0 switches the reporter off', default: 0, min: 0, max: 50 }),
  slackTokenFile: stringFlag('slack-token-file', { help: 'file with the token for Slack hosts without one of their own' }),
  slackTokenFiles: stringListFlag('additional-slack-token-files', { help: 'HOST=FILE: the token for one Slack host', comma: true }),
  slackEndpoint: stringFlag('slack-endpoint', { help: "Slack's API", default: 'https://slack.com/api' }),
  pubsubWorkers: integerFlag('pubsub-workers', { help: 'messages published at once; 0 switches the reporter off', default: 0, min: 0, max: 50 }),
  pubsubEndpoint: stringFlag('pubsub-endpoint', { help: "where messages are published: Pub/Sub's REST API, or anything that takes the same requests", default: 'https://pubsub.googleapis.com' }),
  pubsubTokenFile: stringFlag('pubsub-token-file', { help: 'file with the bearer token for --pubsub-endpoint' }),
  checkRunWorkers: integerFlag('check-run-workers', { help: 'check runs written at once, beside statuses (GitHub Apps only); 0 switches the reporter off', default: 0, min: 0, max: 50 }),
  gcsCredentialsFile: stringFlag('gcs-credentials-file', { help: 'JSON key for artifact storage on GCS' }),
  s3CredentialsFile: stringFlag('s3-credentials-file', { help: 'JSON credentials for artifact storage on S3' }),
  runOnce: booleanFlag('run-once', { help: 'sinker cleans up once; the program then ends by itself' }),
  statusPath: stringFlag('status-path', { help: 'where status-reconciler keeps the jobs it has dealt with: a file, s3:// or gs:// path' }),
  denylist: stringListFlag('denylist', { help: 'org or org/repo that status-reconciler leaves alone', comma: true }),
  denylistAll: stringListFlag('denylist-all', { help: 'org or org/repo for which status-reconciler neither starts jobs nor changes statuses', comma: true }),
  continueOnError: booleanFlag('continue-on-error', { help: 'status-reconciler goes on with the other repositories after a failure' }),
} as const;

export type PlankSettings = FlagValues<typeof flags>;
