import { basename, dirname, resolve } from 'node:path';
import { openStorage, isStorageError } from '@prow/clients-storage';
import type { PullRequest } from '@prow/clients-github';
import { StatusReconciler, type Presubmits, type SavedJobs } from '@prow/engine-status-reconciler';
import { triggerFor } from '@prow/model-plugin-config';
import type { Controller, Parts } from '../parts.ts';
import type { PlankSettings } from '../flags.ts';

const okToTest = 'ok-to-test';

export function statusReconcilerController({ settings, config, github, prowJobApi, namespace, clock, log: parentLog }: Parts): Controller {
  const log = parentLog.child({ controller: 'status-reconciler' });
  return {
    name: 'status-reconciler',
    leaseName: 'prow-status-reconciler-leader-lock',
    lead: async (mayWrite) => {
      const reconciler = new StatusReconciler({
        presubmits: () => config.current().config.presubmits,
        saved: await savedJobs(settings),
        denylist: settings.denylist,
        noJobsFor: settings.denylistAll,
        reconcile: {
          github,
          isTrusted: isTrusted(config, github),
          createProwJob: async (prowJob) => {
            if (!mayWrite()) return false;
            try {
              await prowJobApi.create(prowJob);
              return true;
            } catch (error) {
              if (error instanceof Error && 'reason' in error && error.reason === 'AlreadyExists') return false;
              throw error;
            }
          },
          namespace,
          isSchedulerEnabled: () => config.current().config.scheduler?.enabled === true,
          clock,
          log,
        },
        clock,
        log,
      });
      await reconciler.start();
      const unsubscribe = config.subscribe(() => reconciler.look());
      return async () => {
        unsubscribe();
        await reconciler.stop();
      };
    },
  };
}

/** As the trigger plugin trusts. upstream: pkg/plugins/trigger/trigger.go, TrustedPullRequest */
function isTrusted(config: Parts['config'], github: Parts['github']): (repo: { org: string; repo: string }, pull: PullRequest) => Promise<boolean> {
  return async ({ org, repo }, pull) => {
    if (pull.labels.some((label) => label.name === okToTest)) return true;
    const { only_org_members: onlyMembers = false, trusted_org: trustedOrg = '', trusted_apps: trustedApps = [] } = triggerFor(config.current().plugins, org, repo);
    const { login } = pull.user;
    if (await github.isBot(login)) return true;
    if (login.endsWith('[bot]') && trustedApps.includes(login.slice(0, -'[bot]'.length))) return true;
    if (await github.isMember({ org, login })) return true;
    if (!onlyMembers && (await github.isCollaborator({ org, repo, login }))) return true;
    return trustedOrg !== '' && (await github.isMember({ org: trustedOrg, login }));
  };
}

/** `--status-path`: a file, gs:// or s3:// path; without it, what was settled is known only while this runs. */
async function savedJobs({ statusPath = '', gcsCredentialsFile, s3CredentialsFile }: PlankSettings): Promise<SavedJobs> {
  if (statusPath === '') return { load: () => Promise.resolve(undefined), save: () => Promise.resolve() };
  const isUrl = statusPath.includes('://');
  const bucket = isUrl ? statusPath.slice(0, statusPath.lastIndexOf('/')) : `file://${dirname(resolve(statusPath))}`;
  const name = basename(statusPath);
  const storage = await openStorage({ bucket, ...(gcsCredentialsFile === undefined ? {} : { gcsCredentialsFile }), ...(s3CredentialsFile === undefined ? {} : { s3CredentialsFile }) });
  return {
    load: async () => {
      try {
        return readJobs(JSON.parse((await storage.readAll(name)).toString('utf8')));
      } catch (error) {
        if (isStorageError(error, 'PROW_STORAGE_NOT_FOUND') || error instanceof SyntaxError) return undefined;
        throw error;
      }
    },
    save: (jobs) => storage.write(name, JSON.stringify(jobs), { contentType: 'application/json' }),
  };
}

function readJobs(value: unknown): Presubmits | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  return Object.values(value).every((jobs) => Array.isArray(jobs) && jobs.every((job: unknown) => typeof job === 'object' && job !== null && 'name' in job)) ? (value as Presubmits) : undefined;
}
