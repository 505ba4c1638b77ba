import type { Trigger } from '@prow/model-plugin-config';
import type { Presubmit } from '@prow/model-prowjob';
import { needsExplicitTrigger } from '@prow/model-prowjob';

/** How help comments are found again, to be removed. */
const helpMark = 'Jobs that can be started here';
const maxListedJobs = 300;

export function draftMessage(): string {
  return 'This pull request is a draft, so no jobs run by themselves. Comment `/test all` to run them all the same.';
}

export function welcomeMessage({ org, author, settings }: { org: string; author: string; settings: Trigger }): string {
  const joinUrl = settings.join_org_url || `https://github.com/orgs/${org}/people`;
  const who = settings.only_org_members ? `[members of ${org}](${joinUrl})` : `[members of ${org}](${joinUrl}) and collaborators`;
  if (settings.ignore_ok_to_test) {
    return [
      `Hi @${author}. Thank you for this pull request.`,
      '',
      `Jobs run by themselves for ${who} only. One of them can start jobs here, with \`/test all\`, once the change has been looked at.`,
    ].join('\n');
  }
  return [
    `Hi @${author}. Thank you for this pull request.`,
    '',
    `Jobs run by themselves for ${who} only. One of them needs to look at the change and comment \`/ok-to-test\`; from then on jobs run for every push. The label \`ok-to-test\` tells that this has happened.`,
  ].join('\n');
}

export function untrustedMessage(settings: Trigger, org: string): string {
  if (settings.ignore_ok_to_test) {
    return `Only trusted users can start jobs here: \`/ok-to-test\` is switched off in this repository, so each \`/test\` has to come from ${settings.only_org_members ? `a member of ${org}` : `a member of ${org} or a collaborator`}.`;
  }
  return `Jobs start once a trusted user, that is ${settings.only_org_members ? `a member of ${org}` : `a member of ${org} or a collaborator`}, has looked at the change and commented \`/ok-to-test\`.`;
}

export function helpMessage(reason: string, presubmits: readonly Presubmit[], runByTestAll: readonly Presubmit[]): string {
  const required = presubmits.filter(({ optional }) => optional !== true);
  const optional = presubmits.filter((job) => job.optional === true);
  const commands = (jobs: readonly Presubmit[]): string[] => [
    '',
    '```text',
    ...jobs.slice(0, maxListedJobs).map((job) => `${job.rerun_command}${needsExplicitTrigger(job) ? '  (only when asked for)' : ''}`),
    ...(jobs.length > maxListedJobs ? [`… and ${jobs.length - maxListedJobs} more`] : []),
    '```',
  ];
  const parts = [`${reason}${reason === '' ? '' : '\n\n'}${helpMark}:`];
  if (required.length > 0) parts.push('', 'Required:', ...commands(required));
  if (optional.length > 0) parts.push('', 'Optional:', ...commands(optional));
  if (runByTestAll.length > 0) {
    parts.push('', '`/test all` runs, for this change:', '', '```text', ...runByTestAll.slice(0, maxListedJobs).map(({ name }) => name), '```');
  } else {
    parts.push('', '`/test all` runs nothing for this change.');
  }
  return parts.join('\n');
}

export function isHelpMessage(body: string): boolean {
  return body.includes(`${helpMark}:`);
}
