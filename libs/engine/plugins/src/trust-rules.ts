import { type PluginConfig, triggerFor } from '@prow/model-plugin-config';
import type { TrustRules } from './trust.ts';

/** Whom the trigger plugin's configuration trusts; other plugins go by it, too. */
export function trustRules(plugins: PluginConfig, org: string, repo: string): TrustRules {
  const trigger = triggerFor(plugins, org, repo);
  return {
    onlyOrgMembers: trigger.only_org_members ?? false,
    trustedApps: trigger.trusted_apps ?? [],
    trustedOrg: trigger.trusted_org ?? '',
  };
}
