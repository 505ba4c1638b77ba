// Fields of built-in kinds that are pointers in Go, by name: false, 0 and '' say something there, where elsewhere they are
// left out.
export const pointerFields: ReadonlySet<string> = new Set([
  'allowPrivilegeEscalation', 'automountServiceAccountToken', 'blockOwnerDeletion', 'controller', 'defaultMode', 'deletionGracePeriodSeconds',
  'enableServiceLinks', 'expirationSeconds', 'force', 'fsGroup', 'gracePeriodSeconds', 'hostUsers', 'immutable', 'leaseTransitions', 'maxSurge',
  'maxUnavailable', 'minAvailable', 'mode', 'observedGeneration', 'optional', 'orphanDependents', 'parallelism', 'partition', 'paused', 'priority',
  'privileged', 'procMount', 'progressDeadlineSeconds', 'readOnlyRootFilesystem', 'remainingItemCount', 'replicas', 'revisionHistoryLimit',
  'runAsGroup', 'runAsNonRoot', 'runAsUser', 'setHostnameAsFQDN', 'shareProcessNamespace', 'started', 'suspend', 'terminationGracePeriodSeconds',
  'tolerationSeconds', 'ttlSecondsAfterFinished', 'activeDeadlineSeconds', 'backoffLimit', 'completions', 'leaseDurationSeconds', 'allowWatchBookmarks',
  'sendInitialEvents', 'minimum', 'maximum', 'minLength', 'maxLength', 'minItems', 'maxItems', 'minProperties', 'maxProperties', 'multipleOf',
  'xKubernetesPreserveUnknownFields', 'default', 'example', 'additionalProperties', 'additionalItems', 'stdinOnce', 'exitCode', 'storage', 'served',
  'holderIdentity', 'ipFamilyPolicy', 'preemptionPolicy', 'runtimeClassName', 'storageClassName', 'x-kubernetes-preserve-unknown-fields',
]);
