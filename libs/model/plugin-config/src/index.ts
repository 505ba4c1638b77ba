export { assemblePluginConfig, decodePluginFile, emptyPluginConfig, encodePluginConfig, gracePeriodMs } from './plugin-config.ts';
export type { PluginConfig } from './plugin-config.ts';
export { pluginConfigShape } from './shapes.ts';
export type {
  Approve, ConfigUpdater, Dco, ExternalPlugin, Lgtm, OrgPlugins, PluginConfigFile, RequireMatchingLabel, RestrictedLabel,
  Trigger, Welcome,
} from './shapes.ts';
export {
  approveFor, authorSelfApproves, considersReviews, dcoFor, entryFor, externalPluginsFor, isPluginEnabled, lgtmFor,
  markdownOwnersEnabled, ownersFilenamesFor, pluginsFor, reposWithPlugin, restrictedLabelsFor, skipsCollaborators,
  triggerFor, welcomeFor,
} from './queries.ts';
