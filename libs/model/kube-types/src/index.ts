// Kubernetes objects as plain types, and the small languages in them: selectors, quantities, times, names.
export type {
  Time,
  MicroTime,
  OwnerReference,
  ManagedFieldsEntry,
  ObjectMeta,
  KubeObject,
  ListMeta,
  KubeObjectList,
  StatusCause,
  Status,
  Condition,
  ConditionStatus,
  LabelSelectorRequirement,
  LabelSelector,
} from './meta.ts';
export type {
  LocalObjectReference,
  ObjectFieldSelector,
  ResourceFieldSelector,
  KeySelector,
  EnvVarSource,
  EnvVar,
  EnvFromSource,
  ContainerPort,
  VolumeMount,
  ExecAction,
  HttpGetAction,
  TcpSocketAction,
  LifecycleHandler,
  Lifecycle,
  Probe,
  ImagePullPolicy,
  Container,
} from './container.ts';
export type {
  ResourceList,
  ResourceRequirements,
  Capabilities,
  SeccompProfile,
  SecurityContext,
  PodSecurityContext,
} from './security-and-resources.ts';
export type {
  KeyToPath,
  EmptyDirVolumeSource,
  HostPathVolumeSource,
  SecretVolumeSource,
  ConfigMapVolumeSource,
  DownwardApiVolumeFile,
  DownwardApiVolumeSource,
  ServiceAccountTokenProjection,
  VolumeProjection,
  ProjectedVolumeSource,
  PersistentVolumeClaimSpec,
  Volume,
} from './volume.ts';
export type {
  RestartPolicy,
  Toleration,
  NodeSelectorRequirement,
  NodeSelectorTerm,
  NodeAffinity,
  PodAffinityTerm,
  PodAffinity,
  Affinity,
  PodSpec,
  ContainerStateWaiting,
  ContainerStateRunning,
  ContainerStateTerminated,
  ContainerState,
  ContainerStatus,
  PodPhase,
  PodCondition,
  PodStatus,
  Pod,
  PodTemplateSpec,
} from './pod.ts';
export type {
  Namespace,
  ConfigMap,
  Secret,
  ServiceAccount,
  TokenRequest,
  TokenReview,
  ObjectReference,
  EventSource,
  Event,
  Lease,
  Taint,
  NodeAddress,
  NodeCondition,
  NodeSystemInfo,
  NodeStatus,
  Node,
  Deployment,
  Binding,
  CustomResourceDefinitionVersion,
  CustomResourceDefinition,
} from './objects.ts';
export type {
  RequirementOperator,
  Requirement,
  ParsedLabelSelector,
} from './label-selector.ts';
export { parseLabelSelector, matchesLabels, selectorFromObject, selectorFromLabels, formatLabelSelector } from './label-selector.ts';
export type {
  FieldRequirement,
  ParsedFieldSelector,
} from './field-selector.ts';
export { parseFieldSelector, matchesFields } from './field-selector.ts';
export type {
  QuantityFormat,
  Quantity,
} from './quantity.ts';
export { parseQuantity, formatQuantity, compareQuantities, addQuantities, quantityValue, quantityMilliValue } from './quantity.ts';
export { isDns1123Label, isDns1123Subdomain, isQualifiedName, isLabelValue, isEnvVarName, isConfigMapKey } from './names.ts';
export { parseTime, tryParseTime, formatTime, formatMicroTime } from './time.ts';
