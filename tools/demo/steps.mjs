// The steps. Each may be run alone; each makes branches, pull requests and clusters of its own names.
import { appendFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { git } from './forge.mjs';

async function getJson(url, init = {}) {
  const response = await fetch(url, { headers: { accept: 'application/json', ...init.headers } });
  if (!response.ok) throw new Error(`${url}: ${response.status} ${(await response.text()).slice(0, 200)}`);
  return response.json();
}

async function getText(url, init = {}) {
  const response = await fetch(url, init);
  const text = await response.text();
  if (!response.ok) throw new Error(`${url}: ${response.status} ${text.slice(0, 200)}`);
  return text;
}

async function prowJobs({ system }) {
  return (await getJson(`${system.front}/prowjobs.js`)).items;
}

/** ProwJobs of a job, of one pull request if a number is given, newest first. */
async function jobsOf(context, job, number) {
  return (await prowJobs(context)).filter(({ spec }) => spec.job === job && (number === undefined || spec.refs?.pulls?.[0]?.number === number));
}

/** A clone with a new branch. */
async function branch(context, person, name, fullName = context.repo) {
  const dir = await person.clone(fullName);
  await git(dir, 'checkout', '--quiet', '-b', name);
  return dir;
}

async function commitAndPush(dir, name, message) {
  await git(dir, 'add', '-A');
  await git(dir, 'commit', '--quiet', '-m', message);
  await git(dir, 'push', '--quiet', 'origin', name);
  return git(dir, 'rev-parse', 'HEAD');
}

function statusIs(context, sha, name, state) {
  return async () => {
    const statuses = await context.people.john.statuses(context.repo, sha);
    return statuses[name]?.state === state ? statuses[name] : false;
  };
}

function statusesAre(context, sha, wanted) {
  return async () => {
    const statuses = await context.people.john.statuses(context.repo, sha);
    return Object.entries(wanted).every(([name, state]) => statuses[name]?.state === state);
  };
}

/** A pull request with a change of the README, by john. */
async function openPull(context, label, edit) {
  const name = `demo-${label}-${context.runId}`;
  const dir = await branch(context, context.people.john, name);
  edit(dir);
  const sha = await commitAndPush(dir, name, `demo: ${label}`);
  const pull = await context.people.john.openPull(context.repo, { head: name, title: `Demo: ${label}` });
  return { name, dir, sha, number: pull.number };
}

const slow = (seconds) => (dir) => {
  appendFileSync(join(dir, 'README.md'), `\nslow ${seconds}\n`);
  writeFileSync(join(dir, 'tests/slow-test.sh'), `sleep ${seconds}\ncheck 'slept' yes yes\n`);
};

export async function firstPull(context) {
  const { observations: see, people, system, repo } = context;
  see.step('A pull request: its jobs run, its statuses tell');
  const pull = await openPull(context, 'readme', (dir) => appendFileSync(join(dir, 'README.md'), `\nDemo ${context.runId}.\n`));
  see.seen(`${repo}#${pull.number} opened by john from a branch pushed over HTTP`);
  await see.wait('a status of tessops-unit was pending', async () => (await people.john.allStatuses(repo, pull.sha)).some(({ context: name, state }) => name === 'tessops-unit' && state === 'pending'));
  const status = await see.wait('tessops-unit: success', statusIs(context, pull.sha, 'tessops-unit', 'success'));
  await see.wait('tessops-lint (run_if_changed) ran: success', statusIs(context, pull.sha, 'tessops-lint', 'success'));
  see.check(`the status links to deck: ${status?.target_url}`, status?.target_url?.startsWith(`${system.front}/view/`));
  const key = new URL(status?.target_url ?? system.front).pathname.replace(/^\/view\//, '');
  const page = await fetch(status?.target_url ?? system.front);
  see.check('the page of the run is served', page.ok && (await page.text()).includes('<div id="app">'));
  await see.wait('its log is in storage', async () => (await getText(`${system.front}/api/run/log?key=${encodeURIComponent(decodeURIComponent(key))}`)).includes('ok 1 - joins region and number'));
  await see.wait('its artifacts have the junit file', async () => (await getJson(`${system.front}/api/run?key=${encodeURIComponent(decodeURIComponent(key))}`)).artifacts.entries.some(({ path }) => path === 'artifacts/junit_unit.xml'));
  see.check('deck lists the job as success', (await jobsOf(context, 'tessops-unit', pull.number))[0]?.status.state === 'success');

  see.step('A failing job: failure, and the report comment');
  writeFileSync(join(pull.dir, 'tests/broken-test.sh'), "check 'is right' wrong right\n");
  const broken = await commitAndPush(pull.dir, pull.name, 'break a test');
  await see.wait('tessops-unit: failure', statusIs(context, broken, 'tessops-unit', 'failure'));
  await see.wait('the report comment names tessops-unit', async () => (await people.john.comments(repo, pull.number)).some(({ body }) => body.includes('<!-- test report -->') && body.includes('tessops-unit')));
  rmSync(join(pull.dir, 'tests/broken-test.sh'));
  const fixed = await commitAndPush(pull.dir, pull.name, 'mend it');
  await see.wait('after the next push: success', statusIs(context, fixed, 'tessops-unit', 'success'));
  await see.wait('and the report comment is gone', async () => !(await people.john.comments(repo, pull.number)).some(({ body }) => body.includes('<!-- test report -->')));
  context.pull = { ...pull, sha: fixed };
}

export async function commands(context) {
  const { observations: see, people, repo } = context;
  see.step('Commands in comments');
  const pull = context.pull ?? (await openPull(context, 'commands', (dir) => appendFileSync(join(dir, 'README.md'), `\nCommands ${context.runId}.\n`)));
  await see.wait('the first run has ended', statusIs(context, pull.sha, 'tessops-unit', 'success'));
  const count = async (job) => (await jobsOf(context, job, pull.number)).length;
  const [unit, lint] = [await count('tessops-unit'), await count('tessops-lint')];
  await people.john.comment(repo, pull.number, '/test tessops-unit');
  await see.wait('/test tessops-unit: one new run of it', async () => (await count('tessops-unit')) === unit + 1);
  await see.wait('it succeeds', async () => (await jobsOf(context, 'tessops-unit', pull.number)).every(({ status }) => status.completionTime !== undefined));
  await people.john.comment(repo, pull.number, '/test all');
  await see.wait('/test all: tessops-unit and tessops-lint run again', async () => (await count('tessops-unit')) === unit + 2 && (await count('tessops-lint')) === lint + 1);
  await see.wait('and succeed', statusesAre(context, pull.sha, { 'tessops-unit': 'success', 'tessops-lint': 'success' }));
  await see.wait('all runs have ended', async () => (await jobsOf(context, 'tessops-unit', pull.number)).every(({ status }) => status.completionTime !== undefined));
  writeFileSync(join(pull.dir, 'tests/once-test.sh'), "check 'fails' wrong right\n");
  const sha = await commitAndPush(pull.dir, pull.name, 'fail');
  await see.wait('a failing head', statusIs(context, sha, 'tessops-unit', 'failure'));
  const [before, lintBefore] = [await count('tessops-unit'), await count('tessops-lint')];
  await people.john.comment(repo, pull.number, '/retest');
  await see.wait('/retest: the failed job runs again', async () => (await count('tessops-unit')) === before + 1);
  see.check('/retest: the good one does not', (await count('tessops-lint')) === lintBefore);
  await see.wait('it fails again', async () => (await jobsOf(context, 'tessops-unit', pull.number)).filter(({ spec, status }) => spec.refs.pulls[0].sha === sha && status.state === 'failure').length === 2);
  rmSync(join(pull.dir, 'tests/once-test.sh'));
  context.pull = { ...pull, sha: await commitAndPush(pull.dir, pull.name, 'mend') };
}

export async function abortByPush(context) {
  const { observations: see } = context;
  see.step('A new push aborts the old run');
  const pull = await openPull(context, 'abort', slow(120));
  const old = await see.wait('the slow job runs', async () => (await jobsOf(context, 'tessops-unit', pull.number)).find(({ status }) => status.state === 'pending'));
  rmSync(join(pull.dir, 'tests/slow-test.sh'));
  const sha = await commitAndPush(pull.dir, pull.name, 'do not sleep');
  await see.wait('the old run is aborted', async () => (await jobsOf(context, 'tessops-unit', pull.number)).some(({ metadata, status }) => metadata.name === old?.metadata.name && status.state === 'aborted' && status.completionTime !== undefined));
  await see.wait('the new head is tested: success', statusIs(context, sha, 'tessops-unit', 'success'));
}

export async function stranger(context) {
  const { observations: see, people, repo } = context;
  see.step("A stranger's pull request waits for /ok-to-test");
  const { mallory, alice } = people;
  await mallory.api('POST', `/repos/${repo}/forks`, {});
  const name = `demo-stranger-${context.runId}`;
  const dir = await branch(context, mallory, name, 'mallory/tessops');
  appendFileSync(join(dir, 'README.md'), `\nFrom a stranger ${context.runId}.\n`);
  const sha = await commitAndPush(dir, name, 'hello');
  const { number } = await mallory.openPull(repo, { head: `mallory:${name}`, title: 'From a stranger' });
  await see.wait('label needs-ok-to-test', async () => (await alice.labels(repo, number)).includes('needs-ok-to-test'));
  await mallory.comment(repo, number, '/test all');
  await see.wait("the stranger's own /test all is answered", async () => (await alice.comments(repo, number)).some(({ body, user }) => user.login === 'ci-robot' && body.includes('@mallory') && body.includes('/test all')));
  see.check('no job has run', (await jobsOf(context, 'tessops-unit', number)).length === 0);
  await alice.comment(repo, number, '/ok-to-test');
  await see.wait('after /ok-to-test by a member: tessops-unit success', statusIs(context, sha, 'tessops-unit', 'success'));
  const labels = await alice.labels(repo, number);
  see.check('labels changed: ok-to-test, not needs-ok-to-test', labels.includes('ok-to-test') && !labels.includes('needs-ok-to-test'));
}

export async function leases(context) {
  const { observations: see, people, system, repo } = context;
  see.step('Three e2e jobs, two clusters: never two on one');
  const pool = system.cimaster;
  for (const { name, state } of await clustersOf(system)) if (state === 'finished') await getText(`${pool}/disablecluster?cluster=${encodeURIComponent(name)}`, asOperator(system));
  const names = [1, 2].map((index) => `demo${context.runId}-e2e-${index}`);
  for (const name of names) {
    const answer = await getText(`${pool}/addcluster?cluster=${name}&region=demo&name=john`, asOperator(system));
    see.check(`addcluster answers "${answer.trim()}"`, answer.trim() === `cluster ${name} is added successfully`);
  }
  const pulls = [];
  for (const index of [1, 2, 3]) {
    pulls.push(await openPull(context, `e2e-${index}`, (dir) => {
      appendFileSync(join(dir, 'README.md'), `\nE2E ${index}.\n`);
      // Long enough for all three to be there at once.
      writeFileSync(join(dir, 'scripts/e2e.sh'), `#!/bin/sh\nset -eu\necho "tests on $CLUSTER"\nsleep 6\n${index === 2 ? 'echo "ERROR: this one fails on purpose"; exit 1' : 'echo done'}\n`);
    }));
  }
  for (const pull of pulls) await people.john.comment(repo, pull.number, '/test tessops-e2e');
  const isOurs = ({ name }) => names.includes(name);
  let overlap = 0;
  const holders = new Map();
  const watch = async () => {
    const testing = (await clustersOf(system)).filter((cluster) => isOurs(cluster) && cluster.state === 'testing');
    overlap = Math.max(overlap, testing.length);
    for (const { name, build } of testing) holders.set(build, (holders.get(build) ?? new Set()).add(name));
    const builds = testing.map(({ build }) => build);
    if (new Set(builds).size !== builds.length) throw new Error(`one build holds two clusters: ${builds.join(', ')}`);
    return testing;
  };
  await see.wait('both clusters are leased, by two builds', async () => (await watch()).length === 2);
  await see.wait('the third waits and says so in its live log', async () => {
    await watch();
    const running = (await Promise.all(pulls.map(({ number }) => jobsOf(context, 'tessops-e2e', number)))).flat().filter(({ status }) => status.state === 'pending');
    for (const job of running) if ((await getText(`${system.front}/log?job=tessops-e2e&id=${job.status.build_id}`)).includes('waiting for a vacant cluster')) return true;
    return false;
  }, { seconds: 20 });
  await see.wait('all three have run, each on one cluster', async () => {
    await watch();
    const jobs = await Promise.all(pulls.map(async ({ number }) => (await jobsOf(context, 'tessops-e2e', number))[0]));
    return jobs.every((job) => job?.status.completionTime !== undefined) && holders.size === 3 && [...holders.values()].every((set) => set.size === 1);
  }, { seconds: 90 });
  see.check('two at once, never three', overlap === 2);
  await see.wait('the failing one is reported as failure, the others as success', async () => {
    const states = await Promise.all(pulls.map(async ({ sha }) => (await people.john.statuses(repo, sha))['tessops-e2e']?.state));
    return states.join() === 'success,failure,success';
  });
  await see.wait('both clusters are vacant again', async () => (await clustersOf(system)).filter(isOurs).every(({ state }) => state === 'finished'));
}

/** The pool's operator, where callers of cimaster are asked who they are. */
function asOperator({ cimasterToken }) {
  return cimasterToken === undefined ? {} : { headers: { authorization: `Bearer ${cimasterToken}` } };
}

async function clustersOf(system) {
  const answer = await getJson(`${system.cimaster}/clusters`, asOperator(system));
  const list = Array.isArray(answer) ? answer : (answer.clusters ?? answer.items ?? []);
  return list.map((cluster) => ({ ...cluster, name: cluster.name ?? cluster.cluster, build: cluster.lease?.build ?? cluster.build }));
}

export async function createCluster(context) {
  const { observations: see, system } = context;
  see.step('createcluster: a job makes a cluster and adds it to the pool');
  const pool = system.cimaster;
  const before = new Set((await jobsOf(context, 'sddz-e2e-k8s-1.32')).map(({ metadata }) => metadata.name));
  const answer = await getText(`${pool}/createcluster?user=john&branch=master`, asOperator(system));
  see.seen(`createcluster answers: ${answer.trim().split('\n')[0]}`);
  const job = await see.wait('the job sddz-e2e-k8s-1.32 is a postsubmit ProwJob, for john', async () =>
    (await jobsOf(context, 'sddz-e2e-k8s-1.32')).find(({ metadata, spec }) => !before.has(metadata.name) && spec.type === 'postsubmit' && Object.values({ ...metadata.labels, ...metadata.annotations }).includes('john')));
  await see.wait('it succeeds', async () => (await jobsOf(context, 'sddz-e2e-k8s-1.32')).some(({ metadata, status }) => metadata.name === job?.metadata.name && status.state === 'success'));
  const log = await see.wait('its log ends with the answer of addcluster', async () => {
    const text = await getText(`${system.front}/log?job=sddz-e2e-k8s-1.32&id=${(await jobsOf(context, 'sddz-e2e-k8s-1.32')).find(({ metadata }) => metadata.name === job?.metadata.name)?.status.build_id}`);
    return /cluster (\S+) is added successfully/.exec(text)?.[1];
  });
  await see.wait(`${log} is in the pool, vacant`, async () => (await clustersOf(system)).some(({ name, state }) => name === log && state === 'finished'));
}

export async function merge(context) {
  const { observations: see, people, repo } = context;
  see.step('/lgtm, /approve, and tide merges');
  const pull = context.pull ?? (await openPull(context, 'merge', (dir) => appendFileSync(join(dir, 'README.md'), `\nMerge ${context.runId}.\n`)));
  await see.wait('its jobs are good', statusIs(context, pull.sha, 'tessops-unit', 'success'));
  await people.alice.comment(repo, pull.number, '/lgtm');
  await see.wait('label lgtm', async () => (await people.john.labels(repo, pull.number)).includes('lgtm'));
  await people.bob.comment(repo, pull.number, '/approve');
  await see.wait('label approved', async () => (await people.john.labels(repo, pull.number)).includes('approved'));
  const merged = await see.wait('tide has merged it', async () => {
    const now = await people.john.pull(repo, pull.number);
    return now.merged ? now : false;
  }, { seconds: 90 });
  await see.wait('the push to master ran the postsubmit tessops-publish: success', async () => (await jobsOf(context, 'tessops-publish')).some(({ spec, status }) => spec.refs?.base_sha === merged?.merge_commit_sha && status.state === 'success'));
}

export async function periodic(context) {
  const { observations: see } = context;
  see.step('A periodic fires on its schedule');
  await see.wait('tessops-heartbeat (interval 1m) has run: success', async () => (await jobsOf(context, 'tessops-heartbeat')).some(({ status }) => status.state === 'success'), { seconds: 120 });
}
