import { ApiError, invalid, notFound } from '../api-error.ts';
import { createFork, createRepository } from '../ops/repositories.ts';
import { renderTeam, renderUser } from '../render/accounts.ts';
import { renderFullRepository, renderLabel, renderMilestone, renderPermissions, renderRepository } from '../render/repositories.ts';
import { emit } from '../hooks/emit.ts';
import { atLeast, findAccount, findLabel, findMilestone, grantedPermission, orgRole, own, permissionOf } from '../state/queries.ts';
import type { AccountRecord, PermissionName, RepositoryRecord } from '../state/records.ts';
import * as tables from '../state/tables.ts';
import { json, noContent, oneOf, type ApiRequest, type Reply } from './api-request.ts';
import type { RouteTable } from './router.ts';

const repo = '/repos/{owner}/{repo}';

export const repositoryRoutes: RouteTable = {
  [`GET ${repo}`]: (request) => {
    const repository = request.repository();
    return json(renderFullRepository(request.rendering, repository, request.permission(repository)));
  },
  [`PATCH ${repo}`]: async (request) => {
    const repository = request.repositoryFor('admin');
    const changed = await request.forge.database.change((change) => change.put(tables.repositories, { ...repository, ...settingsIn(request, repository), updatedAt: request.forge.clock.now() }));
    if (changed.defaultBranch !== repository.defaultBranch) await request.forge.git.setDefaultBranch(repository.id, changed.defaultBranch);
    return json(renderFullRepository(request.rendering, changed, 'admin'));
  },
  [`GET ${repo}/forks`]: (request) => {
    const repository = request.repository();
    const forks = request.forge.database.all(tables.repositories).filter((each) => each.forkOf === repository.id);
    return request.paged(forks, (fork) => renderRepository(request.rendering, fork));
  },
  [`POST ${repo}/forks`]: async (request) => {
    const repository = request.repository();
    const org = request.body.optionalString('organization');
    if (org !== undefined && orgRole(request.forge.database, org, request.actor.login) === undefined) throw new ApiError(403, 'You must be a member of the organization');
    const fork = await createFork(request.forge, { actor: request.actor, repository, owner: org ?? request.actor.login, name: request.body.optionalString('name') ?? repository.name });
    return json(renderFullRepository(request.rendering, fork, 'admin'), 202);
  },
  'GET /orgs/{org}/repos': (request) => ownedBy(request, request.param('org'), 'Organization'),
  'POST /orgs/{org}/repos': async (request) => {
    const org = request.param('org');
    if (orgRole(request.forge.database, org, request.actor.login) === undefined) throw notFound();
    return makeRepository(request, org);
  },
  'GET /users/{username}/repos': (request) => ownedBy(request, request.param('username')),
  'GET /user/repos': (request) => {
    const mine = request.forge.database.all(tables.repositories).filter((each) => grantedPermission(request.forge.database, each, request.actor.login) !== 'none');
    return request.paged(mine, (each) => renderRepository(request.rendering, each, request.permission(each)));
  },
  'POST /user/repos': (request) => makeRepository(request, request.actor.login),
  [`GET ${repo}/teams`]: (request) => {
    const repository = request.repositoryFor('read');
    const teams = request.forge.database.list(tables.teams, repository.owner.toLowerCase()).filter((team) => own(team.repositories, String(repository.id)) !== undefined);
    return request.paged(teams, (team) => ({ ...renderTeam(request.rendering, team, restPermission(own(team.repositories, String(repository.id)) ?? 'read')), permissions: renderPermissions(own(team.repositories, String(repository.id)) ?? 'read') }));
  },
  [`GET ${repo}/topics`]: (request) => {
    request.repository();
    return json({ names: [] });
  },
  [`GET ${repo}/languages`]: (request) => {
    request.repository();
    return json({});
  },
  ...collaboratorRoutes(),
  ...labelRoutes(),
  ...milestoneRoutes(),
};

/** REST's older words for permissions. */
export function restPermission(permission: PermissionName): string {
  return permission === 'read' ? 'pull' : permission === 'write' ? 'push' : permission;
}

export function permissionIn(text: string): PermissionName {
  const named = text === 'pull' ? 'read' : text === 'push' ? 'write' : text;
  return oneOf('Repository', 'permission', named, ['read', 'triage', 'write', 'maintain', 'admin']);
}

function settingsIn({ body }: ApiRequest, repository: RepositoryRecord): Partial<RepositoryRecord> {
  const defaultBranch = body.optionalString('default_branch');
  if (defaultBranch !== undefined && repository.refs[`refs/heads/${defaultBranch}`] === undefined) throw invalid('Repository', 'default_branch', `there is no branch ${defaultBranch}`, 'invalid');
  return {
    ...(defaultBranch === undefined ? {} : { defaultBranch }),
    description: body.optionalString('description') ?? repository.description,
    isPrivate: body.optionalBoolean('private') ?? repository.isPrivate,
    isArchived: body.optionalBoolean('archived') ?? repository.isArchived,
    allowMerge: body.optionalBoolean('allow_merge_commit') ?? repository.allowMerge,
    allowSquash: body.optionalBoolean('allow_squash_merge') ?? repository.allowSquash,
    allowRebase: body.optionalBoolean('allow_rebase_merge') ?? repository.allowRebase,
    deleteBranchOnMerge: body.optionalBoolean('delete_branch_on_merge') ?? repository.deleteBranchOnMerge,
  };
}

function ownedBy(request: ApiRequest, owner: string, type?: AccountRecord['type']): Reply {
  const account = findAccount(request.forge.database, owner);
  if (account === undefined || (type !== undefined && account.type !== type)) throw notFound();
  const visible = request.forge.database.list(tables.repositories, owner.toLowerCase()).filter((each) => atLeast(request.permission(each), 'read'));
  return request.paged(visible, (each) => renderRepository(request.rendering, each, request.permission(each)));
}

async function makeRepository(request: ApiRequest, owner: string): Promise<Reply> {
  const { body } = request;
  const repository = await createRepository(request.forge, {
    actor: request.actor,
    owner,
    name: body.string('name'),
    description: body.optionalString('description') ?? '',
    isPrivate: body.optionalBoolean('private') ?? false,
    withReadme: body.optionalBoolean('auto_init') ?? false,
  });
  return json(renderFullRepository(request.rendering, repository, 'admin'), 201);
}

function collaboratorRoutes(): RouteTable {
  const path = `${repo}/collaborators`;
  return {
    [`GET ${path}`]: (request) => {
      const repository = request.repositoryFor('write');
      const { database } = request.forge;
      const members = database.all(tables.accounts).filter((account) => account.type !== 'Organization' && grantedPermission(database, repository, account.login) !== 'none');
      return request.paged(members, (account) => {
        const permission = grantedPermission(database, repository, account.login);
        return { ...renderUser(request.rendering, account.login), permissions: renderPermissions(permission), role_name: permission };
      });
    },
    [`GET ${path}/{username}`]: (request) => {
      const repository = request.repositoryFor('read');
      if (grantedPermission(request.forge.database, repository, request.param('username')) === 'none') throw notFound();
      return noContent;
    },
    [`GET ${path}/{username}/permission`]: (request) => {
      const repository = request.repositoryFor('read');
      const account = findAccount(request.forge.database, request.param('username'));
      if (account === undefined) throw notFound();
      const permission = permissionOf(request.forge.database, repository, account.login);
      const legacy = permission === 'maintain' ? 'write' : permission === 'triage' ? 'read' : permission;
      return json({ permission: legacy, role_name: permission, user: { ...renderUser(request.rendering, account.login), permissions: renderPermissions(permission), role_name: permission } });
    },
    [`PUT ${path}/{username}`]: async (request) => {
      const repository = request.repositoryFor('admin');
      const account = findAccount(request.forge.database, request.param('username'));
      if (account === undefined) throw notFound();
      const permission = permissionIn(request.body.optionalString('permission') ?? 'push');
      await changeCollaborators(request, repository, { ...repository.collaborators, [account.login.toLowerCase()]: permission });
      return noContent; // GitHub invites; here the invitation is accepted at once
    },
    [`DELETE ${path}/{username}`]: async (request) => {
      const repository = request.repositoryFor('admin');
      const name = request.param('username').toLowerCase();
      await changeCollaborators(request, repository, Object.fromEntries(Object.entries(repository.collaborators).filter(([login]) => login !== name)));
      return noContent;
    },
    [`GET ${repo}/invitations`]: (request) => {
      request.repositoryFor('admin');
      return json([]);
    },
  };
}

async function changeCollaborators(request: ApiRequest, repository: RepositoryRecord, collaborators: RepositoryRecord['collaborators']): Promise<void> {
  await request.forge.database.change((change) => change.put(tables.repositories, { ...repository, collaborators }));
}

function labelRoutes(): RouteTable {
  const path = `${repo}/labels`;
  const colorIn = (request: ApiRequest): string | undefined => {
    const color = request.body.optionalString('color')?.replace(/^#/, '').toLowerCase();
    if (color !== undefined && !/^[\da-f]{6}$/.test(color)) throw invalid('Label', 'color', 'color must be six hexadecimal digits', 'invalid');
    return color;
  };
  const find = (request: ApiRequest, repository: RepositoryRecord): NonNullable<ReturnType<typeof findLabel>> => {
    const label = findLabel(request.forge.database, repository.id, request.param('name'));
    if (label === undefined) throw notFound();
    return label;
  };
  return {
    [`GET ${path}`]: (request) => {
      const repository = request.repository();
      return request.paged(request.forge.database.list(tables.labels, String(repository.id)), (label) => renderLabel(request.rendering, repository, label));
    },
    [`POST ${path}`]: async (request) => {
      const repository = request.repositoryFor('triage');
      const name = request.body.string('name');
      if (name.trim() === '' || name.length > 50) throw invalid('Label', 'name', 'name is empty or too long (maximum is 50 characters)', 'invalid');
      if (findLabel(request.forge.database, repository.id, name) !== undefined) throw new ApiError(422, 'Validation Failed', [{ resource: 'Label', code: 'already_exists', field: 'name' }]);
      const color = colorIn(request) ?? 'ededed';
      const label = await request.forge.change(request.actor, (change, tell) => {
        const made = change.put(tables.labels, { id: change.nextId(), repoId: repository.id, name, color, description: request.body.optionalString('description') ?? '' });
        const telling = tell(repository);
        emit(telling, 'label', { action: 'created', label: renderLabel(telling.rendering, repository, made) });
        return made;
      });
      return json(renderLabel(request.rendering, repository, label), 201);
    },
    [`GET ${path}/{name+}`]: (request) => {
      const repository = request.repository();
      return json(renderLabel(request.rendering, repository, find(request, repository)));
    },
    [`PATCH ${path}/{name+}`]: async (request) => {
      const repository = request.repositoryFor('triage');
      const label = find(request, repository);
      const name = request.body.optionalString('new_name') ?? label.name;
      const changed = { ...label, name, color: colorIn(request) ?? label.color, description: request.body.optionalString('description') ?? label.description };
      await request.forge.database.change((change) => {
        change.delete(tables.labels, label);
        change.put(tables.labels, changed);
        if (name === label.name) return;
        for (const issue of change.list(tables.issues, String(repository.id))) {
          if (issue.labels.includes(label.name)) change.put(tables.issues, { ...issue, labels: issue.labels.map((each) => (each === label.name ? name : each)) });
        }
      });
      return json(renderLabel(request.rendering, repository, changed));
    },
    [`DELETE ${path}/{name+}`]: async (request) => {
      const repository = request.repositoryFor('triage');
      const label = find(request, repository);
      await request.forge.database.change((change) => {
        change.delete(tables.labels, label);
        for (const issue of change.list(tables.issues, String(repository.id))) {
          if (issue.labels.includes(label.name)) change.put(tables.issues, { ...issue, labels: issue.labels.filter((each) => each !== label.name) });
        }
      });
      return noContent;
    },
  };
}

function milestoneRoutes(): RouteTable {
  const path = `${repo}/milestones`;
  return {
    [`GET ${path}`]: (request) => {
      const repository = request.repository();
      const state = oneOf('Milestone', 'state', request.query.get('state') ?? 'open', ['open', 'closed', 'all']);
      const found = request.forge.database.list(tables.milestones, String(repository.id)).filter((each) => state === 'all' || each.state === state);
      return request.paged(found, (each) => renderMilestone(request.rendering, repository, each));
    },
    [`POST ${path}`]: async (request) => {
      const repository = request.repositoryFor('triage');
      const { body, actor } = request;
      const title = body.string('title');
      const milestone = await request.forge.database.change((change) => {
        const existing = change.list(tables.milestones, String(repository.id));
        if (existing.some((each) => each.title === title)) throw new ApiError(422, 'Validation Failed', [{ resource: 'Milestone', code: 'already_exists', field: 'title' }]);
        const now = request.forge.clock.now();
        return change.put(tables.milestones, {
          id: change.nextId(),
          repoId: repository.id,
          number: Math.max(0, ...existing.map((each) => each.number)) + 1,
          title,
          description: body.optionalString('description') ?? '',
          state: body.optionalString('state') === 'closed' ? ('closed' as const) : ('open' as const),
          creator: actor.login,
          createdAt: now,
          updatedAt: now,
          closedAt: null,
          dueAt: null,
        });
      });
      return json(renderMilestone(request.rendering, repository, milestone), 201);
    },
    [`GET ${path}/{milestone_number}`]: (request) => {
      const repository = request.repository();
      const milestone = findMilestone(request.forge.database, repository.id, request.numberParam('milestone_number'));
      if (milestone === undefined) throw notFound();
      return json(renderMilestone(request.rendering, repository, milestone));
    },
    [`PATCH ${path}/{milestone_number}`]: async (request) => {
      const repository = request.repositoryFor('triage');
      const milestone = findMilestone(request.forge.database, repository.id, request.numberParam('milestone_number'));
      if (milestone === undefined) throw notFound();
      const state = oneOf('Milestone', 'state', request.body.optionalString('state') ?? milestone.state, ['open', 'closed']);
      const now = request.forge.clock.now();
      const changed = {
        ...milestone,
        title: request.body.optionalString('title') ?? milestone.title,
        description: request.body.optionalString('description') ?? milestone.description,
        state,
        updatedAt: now,
        closedAt: state === 'closed' ? (milestone.closedAt ?? now) : null,
      };
      await request.forge.database.change((change) => change.put(tables.milestones, changed));
      return json(renderMilestone(request.rendering, repository, changed));
    },
  };
}
