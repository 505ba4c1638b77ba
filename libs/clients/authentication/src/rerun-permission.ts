// Whom rerun_auth_config lets start or end a job. upstream: pkg/apis/prowjobs/v1 RerunAuthConfig.IsAuthorized, pkg/deck canTriggerJob
import type { Organizations } from '@prow/clients-github';
import type { RerunAuthConfig } from '@prow/model-prowjob';

export interface RerunQuestion {
  /** deck's entry for the job, and the job's own; one that agrees is enough. */
  configs: readonly (RerunAuthConfig | undefined)[];
  /** Undefined: not known. */
  githubLogin: string | undefined;
  /** The job's organisation: where teams named by number are looked for. */
  org: string | undefined;
  github: Pick<Organizations, 'isMember' | 'isTeamMember' | 'listTeamMembersById'>;
}

export interface RerunPermission {
  allowed: boolean;
  /** By what, or what is missing. */
  why: string;
}

/** @throws GitHubError when GitHub must be asked and cannot be (rejects) */
export async function rerunPermission({ configs, githubLogin, org, github }: RerunQuestion): Promise<RerunPermission> {
  const present = configs.filter((config): config is RerunAuthConfig => config !== undefined);
  if (present.some((config) => config.allow_anyone === true)) return { allowed: true, why: 'allow_anyone' };
  if (githubLogin === undefined) return { allowed: false, why: present.length === 0 ? 'no rerun_auth_config lets anybody' : 'a GitHub login that rerun_auth_config names' };
  // What costs no question first.
  const login = githubLogin.toLowerCase();
  for (const { github_users: users = [] } of present) if (users.some((user) => user.toLowerCase() === login)) return { allowed: true, why: `github_users ${githubLogin}` };
  for (const config of present) {
    for (const each of config.github_orgs ?? []) if (await github.isMember({ org: each, login: githubLogin })) return { allowed: true, why: `github_orgs ${each}` };
    for (const team of config.github_team_slugs ?? []) if (await github.isTeamMember({ ...team, login: githubLogin })) return { allowed: true, why: `github_team_slugs ${team.org}/${team.slug}` };
    if (org === undefined) continue;
    for (const teamId of config.github_team_ids ?? []) {
      const members = await github.listTeamMembersById({ org, teamId });
      if (members.some((member) => member.login.toLowerCase() === login)) return { allowed: true, why: `github_team_ids ${teamId}` };
    }
  }
  return { allowed: false, why: present.length === 0 ? 'no rerun_auth_config lets anybody' : `rerun_auth_config does not name ${githubLogin}` };
}
