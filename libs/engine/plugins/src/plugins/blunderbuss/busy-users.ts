import type { GitHubClient } from '@prow/clients-github';

const maxUsers = 100;

/** Of these people, those whose GitHub status says that they are busy; one request for all. */
export async function busyUsers(github: Pick<GitHubClient, 'graphql'>, { org, logins }: { org: string; logins: readonly string[] }): Promise<Set<string>> {
  const asked = logins.filter((login) => /^[a-z\d](?:[a-z\d-]{0,38})$/i.test(login)).slice(0, maxUsers);
  if (asked.length === 0) return new Set();
  const fields = asked.map((login, index) => `u${index}: user(login: ${JSON.stringify(login)}) { login status { indicatesLimitedAvailability } }`);
  const answer = await github.graphql<Record<string, { login: string; status: { indicatesLimitedAvailability: boolean } | null } | null>>({ query: `query { ${fields.join(' ')} }`, org });
  return new Set(Object.values(answer).flatMap((user) => (user?.status?.indicatesLimitedAvailability ? [user.login.toLowerCase()] : [])));
}
