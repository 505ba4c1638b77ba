import type { Logger } from '@prow/base-log';
import type { Services } from './api.ts';

/** Reads go through; writes are logged instead. */
export function dryRun({ slack, jira, bugzilla }: Services, log: Logger): Services {
  const instead = (service: string, operation: string) => async (): Promise<void> => log.info('dry run: not sent', { service, operation });
  return {
    ...(slack === undefined ? {} : { slack: { postMessage: instead('Slack', 'postMessage') } }),
    ...(jira === undefined ? {} : { jira: { ...jira, addRemoteLink: instead('Jira', 'addRemoteLink'), updateRemoteLink: instead('Jira', 'updateRemoteLink') } }),
    ...(bugzilla === undefined
      ? {}
      : {
          bugzilla: {
            ...bugzilla,
            updateBug: instead('Bugzilla', 'updateBug'),
            addPullRequest: async () => {
              await instead('Bugzilla', 'addPullRequest')();
              return true;
            },
            removePullRequest: async () => {
              await instead('Bugzilla', 'removePullRequest')();
              return true;
            },
          },
        }),
  };
}
