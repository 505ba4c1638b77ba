import { Kind, parse, print, type DefinitionNode, type FieldDefinitionNode, type InputValueDefinitionNode, type NamedTypeNode, type TypeNode } from 'graphql';

/** The part of GitHub's schema that is served: type → fields. Enums and inputs come with the fields that use them. */
export const served: Readonly<Record<string, readonly string[]>> = {
  Query: ['id', 'node', 'organization', 'rateLimit', 'repository', 'search', 'user', 'viewer'],
  Mutation: ['addComment', 'convertPullRequestToDraft', 'markPullRequestReadyForReview', 'pinIssue', 'transferIssue', 'unpinIssue'],
  Node: ['id'],
  Actor: ['avatarUrl', 'login', 'resourcePath', 'url'],
  RepositoryOwner: ['avatarUrl', 'id', 'login', 'resourcePath', 'url'],
  GitObject: ['abbreviatedOid', 'commitUrl', 'id', 'oid', 'repository'],
  PageInfo: ['endCursor', 'hasNextPage', 'hasPreviousPage', 'startCursor'],
  RateLimit: ['cost', 'limit', 'nodeCount', 'remaining', 'resetAt', 'used'],
  SearchResultItemConnection: ['edges', 'issueCount', 'nodes', 'pageInfo', 'repositoryCount'],
  SearchResultItemEdge: ['cursor', 'node'],
  SearchResultItem: [],
  PullRequest: [
    'additions', 'assignees', 'author', 'authorAssociation', 'baseRef', 'baseRefName', 'baseRefOid', 'baseRepository', 'body', 'canBeRebased', 'changedFiles', 'closed', 'closedAt', 'comments',
    'commits', 'createdAt', 'databaseId', 'deletions', 'headRef', 'headRefName', 'headRefOid', 'headRepository', 'headRepositoryOwner', 'id', 'isCrossRepository', 'isDraft', 'labels', 'locked',
    'mergeCommit', 'mergeStateStatus', 'mergeable', 'merged', 'mergedAt', 'mergedBy', 'milestone', 'number', 'permalink', 'repository', 'resourcePath', 'reviewDecision', 'reviews', 'state', 'title',
    'updatedAt', 'url',
  ],
  Issue: ['assignees', 'author', 'authorAssociation', 'body', 'closed', 'closedAt', 'comments', 'createdAt', 'databaseId', 'id', 'isPinned', 'labels', 'locked', 'milestone', 'number', 'repository', 'resourcePath', 'state', 'stateReason', 'title', 'updatedAt', 'url'],
  Repository: [
    'databaseId', 'defaultBranchRef', 'description', 'id', 'isArchived', 'isFork', 'isPrivate', 'issue', 'issues', 'mergeCommitAllowed', 'name', 'nameWithOwner', 'owner', 'pullRequest', 'pullRequests',
    'rebaseMergeAllowed', 'ref', 'resourcePath', 'squashMergeAllowed', 'url',
  ],
  Ref: ['id', 'name', 'prefix', 'repository', 'target'],
  Commit: [
    'abbreviatedOid', 'author', 'authoredDate', 'commitUrl', 'committedDate', 'committer', 'id', 'message', 'messageBody', 'messageHeadline', 'oid', 'repository', 'status', 'statusCheckRollup', 'url',
  ],
  GitActor: ['date', 'email', 'name', 'user'],
  Status: ['commit', 'context', 'contexts', 'id', 'state'],
  StatusContext: ['avatarUrl', 'commit', 'context', 'createdAt', 'creator', 'description', 'id', 'state', 'targetUrl'],
  StatusCheckRollup: ['commit', 'contexts', 'id', 'state'],
  StatusCheckRollupContext: [],
  StatusCheckRollupContextConnection: ['nodes', 'pageInfo', 'totalCount'],
  CheckRun: ['completedAt', 'conclusion', 'databaseId', 'detailsUrl', 'externalId', 'id', 'name', 'startedAt', 'status', 'summary', 'text', 'title', 'url'],
  User: ['avatarUrl', 'databaseId', 'email', 'id', 'login', 'name', 'resourcePath', 'url'],
  Bot: ['avatarUrl', 'databaseId', 'id', 'login', 'resourcePath', 'url'],
  Organization: ['avatarUrl', 'databaseId', 'id', 'login', 'name', 'resourcePath', 'url'],
  UserConnection: ['nodes', 'pageInfo', 'totalCount'],
  Label: ['color', 'description', 'id', 'name'],
  LabelConnection: ['nodes', 'pageInfo', 'totalCount'],
  Milestone: ['description', 'id', 'number', 'state', 'title'],
  PullRequestCommitConnection: ['nodes', 'pageInfo', 'totalCount'],
  PullRequestCommit: ['commit', 'id'],
  PullRequestConnection: ['nodes', 'pageInfo', 'totalCount'],
  IssueConnection: ['nodes', 'pageInfo', 'totalCount'],
  IssueCommentConnection: ['nodes', 'pageInfo', 'totalCount'],
  IssueComment: ['author', 'body', 'createdAt', 'databaseId', 'id', 'updatedAt', 'url'],
  IssueCommentEdge: ['cursor', 'node'],
  PullRequestReviewConnection: ['nodes', 'pageInfo', 'totalCount'],
  PullRequestReview: ['author', 'body', 'createdAt', 'databaseId', 'id', 'state', 'submittedAt', 'url'],
  AddCommentPayload: ['clientMutationId', 'commentEdge'],
  TransferIssuePayload: ['clientMutationId', 'issue'],
  PinIssuePayload: ['clientMutationId', 'issue'],
  UnpinIssuePayload: ['clientMutationId', 'issue'],
  ConvertPullRequestToDraftPayload: ['clientMutationId', 'pullRequest'],
  MarkPullRequestReadyForReviewPayload: ['clientMutationId', 'pullRequest'],
};

const builtIn = new Set(['String', 'Int', 'Float', 'Boolean', 'ID']);

/** Cuts GitHub's schema down to `served`; types, arguments and nullability stay GitHub's. */
export function pruneSchema(full: string): string {
  const all = new Map(parse(full).definitions.flatMap((each) => ('name' in each && each.name !== undefined ? [[each.name.value, each] as const] : [])));
  const used = new Set<string>();
  const use = (type: TypeNode): void => {
    const name = nameOf(type);
    if (used.has(name) || builtIn.has(name)) return;
    const found = all.get(name);
    if (found?.kind === Kind.ENUM_TYPE_DEFINITION || found?.kind === Kind.SCALAR_TYPE_DEFINITION) used.add(name);
    if (found?.kind === Kind.INPUT_OBJECT_TYPE_DEFINITION) {
      used.add(name);
      for (const field of found.fields ?? []) use(field.type);
    }
  };
  const kept: DefinitionNode[] = [];
  for (const [name, fields] of Object.entries(served)) {
    const found = all.get(name);
    if (found?.kind === Kind.UNION_TYPE_DEFINITION) kept.push({ ...found, description: undefined, directives: [], types: (found.types ?? []).filter((type) => Object.hasOwn(served, type.name.value)) });
    if (found?.kind !== Kind.OBJECT_TYPE_DEFINITION && found?.kind !== Kind.INTERFACE_TYPE_DEFINITION) continue;
    const chosen = fields.map((field) => bareField((found.fields ?? []).find((each) => each.name.value === field) ?? missing(name, field)));
    for (const field of chosen) {
      use(field.type);
      for (const argument of field.arguments ?? []) use(argument.type);
    }
    const interfaces = (found.interfaces ?? []).filter((each) => Object.hasOwn(served, each.name.value));
    kept.push({ ...found, description: undefined, directives: [], interfaces, fields: chosen });
  }
  for (const name of [...used].toSorted()) {
    const found = all.get(name);
    if (found?.kind === Kind.ENUM_TYPE_DEFINITION) kept.push({ ...found, description: undefined, directives: [], values: (found.values ?? []).map((value) => ({ ...value, description: undefined, directives: [] })) });
    else if (found?.kind === Kind.INPUT_OBJECT_TYPE_DEFINITION) kept.push({ ...found, description: undefined, directives: [], fields: (found.fields ?? []).map((field) => bareInput(field)) });
    else if (found?.kind === Kind.SCALAR_TYPE_DEFINITION) kept.push({ ...found, description: undefined, directives: [] });
  }
  return kept.map((each) => print(each)).join('\n\n');
}

function bareField(field: FieldDefinitionNode): FieldDefinitionNode {
  return { ...field, description: undefined, directives: [], arguments: (field.arguments ?? []).map((argument) => bareInput(argument)) };
}

function bareInput(input: InputValueDefinitionNode): InputValueDefinitionNode {
  return { ...input, description: undefined, directives: [] };
}

function nameOf(type: TypeNode): string {
  return type.kind === Kind.NAMED_TYPE ? (type satisfies NamedTypeNode).name.value : nameOf(type.type);
}

function missing(type: string, field: string): never {
  throw new Error(`GitHub's schema has no ${type}.${field}`);
}
