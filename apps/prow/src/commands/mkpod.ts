// `prow mkpod`: the pod of a ProwJob or of a configured job: printed, or run on this machine. upstream: cmd/mkpod
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { booleanFlag, parseFlags, stringFlag, stringListFlag } from '@prow/base-flags';
import type { FlagValues } from '@prow/base-flags';
import { ProwError } from '@prow/base-errors';
import { systemClock } from '@prow/base-time';
import { decodeText, parseYaml } from '@prow/base-yaml';
import type { Pod } from '@prow/model-kube-types';
import { makePod } from '@prow/model-pod-spec';
import { createdByProwLabel } from '@prow/model-prowjob';
import type { ProwJob } from '@prow/model-prowjob';
import { stringify } from 'yaml';
import type { Command, Console } from '../command.ts';
import { configFlags, loadValidConfiguration } from '../load-config.ts';
import { changeFlags, makeProwJob } from '../make-prowjob.ts';
import { clonedFrom, cloneSourceOf, completeFromSource, type CloneSource } from '../run-pod/clone-source.ts';
import { makeLocal, missingFor, parseVolumeChoices, readObjects } from '../run-pod/make-local.ts';

const runtimes = ['auto', 'sandbox', 'process', 'podman', 'docker'] as const;

const flags = {
  prowJob: stringFlag('prow-job', { help: "Path of a ProwJob's YAML or JSON; - reads standard input. Or --job.", default: '' }),
  buildId: stringFlag('build-id', { help: "The build's number, or 'snowflake' to make one. Default: the ProwJob's own; with --run, a new one.", default: '' }),
  local: booleanFlag('local', { help: 'Results are copied to --out-dir on the node that runs the pod instead of being uploaded; no credentials are needed.', default: false }),
  outDir: stringFlag('out-dir', { help: 'Folder for results, with a folder for each build; implies --local. Default with --local: a new temporary folder; with --run: none is kept.', default: '' }),
  run: booleanFlag('run', { help: "Run the pod on this machine, show its log, and end with the job's exit code. Needs no cluster and no GitHub; implies --local.", default: false }),
  cloneUri: stringFlag('clone-uri', { help: 'Where the code under test is cloned from instead of GitHub: a checkout on this machine, or an address. For a job without a repository of its own (a periodic), the first of its extra_refs; the other extra_refs stay as they are. What is not given of the change is read there; --base-sha and --pull-sha may then name branches.', default: '' }),
  volumes: stringListFlag('volume', { help: 'NAME=empty or NAME=FOLDER: what a volume of the pod is here.' }),
  objects: stringListFlag('objects', { help: 'With --run: YAML file of Secrets and ConfigMaps that the pod uses.' }),
  runtime: stringFlag('runtime', { help: `With --run: how containers run: ${runtimes.join(', ')}.`, default: 'auto' }),
  toolsDir: stringFlag('tools-dir', { help: 'With --run: folder with the built pod utilities. Default: dist of this checkout.', default: '' }),
  json: booleanFlag('json', { help: 'With --run: print what happens as JSON, a line an event: started, working, ended, clone-failed, log, result.', default: false }),
  verbose: booleanFlag('verbose', { help: 'With --run: also show what the local Kubernetes does.', default: false }),
  ...configFlags,
  ...changeFlags,
  job: stringFlag('job', { help: 'Name of a configured job, as for prow mkpj. Or --prow-job.', default: '' }),
} as const;

type Settings = FlagValues<typeof flags>;

export const mkpodCommand: Command = {
  name: 'mkpod',
  summary: 'Print the pod of a job, as YAML for kubectl, or run it on this machine.',
  run: async (argv, console) => {
    const parsed = parseFlags(flags, argv, {
      program: 'prow mkpod',
      summary: 'Prints the pod plank would make of a ProwJob or a configured job; --run runs it here, without cluster and GitHub.',
      examples: [
        'prow mkpj … > prowjob.yaml && prow mkpod --prow-job prowjob.yaml --build-id 42 | kubectl create -f -',
        'prow mkpod --run --config-path configs/config.yaml --job-config-path configs/jobs --job nightly-cleanup --out-dir results',
        'prow mkpod --run --config-path configs/config.yaml --job-config-path configs/jobs --job pull-unit --clone-uri ~/src/tessops --pull-number 1 --pull-sha my-branch',
        'prow mkpod --run --prow-job prowjob.yaml --volume cache=empty --objects secrets.yaml; echo "exit code $?"',
      ],
    });
    if (parsed.kind === 'help') {
      console.out(parsed.text);
      return 0;
    }
    const { values } = parsed;
    if ((values.prowJob === '') === (values.job === '')) throw new ProwError('PROW_CLI_FLAG', 'one of --prow-job and --job must be given');
    const source = values.cloneUri === '' ? undefined : await cloneSourceOf(values.cloneUri);
    const prowJob = await readProwJob(values, source);
    const buildId = await buildIdOf(prowJob, values, console);
    const choices = parseVolumeChoices(values.volumes);
    if (values.run) return await runHere({ prowJob, buildId, choices, source, values }, console);
    const pod = withoutOwner(makePod(prowJob, buildId, await outputOf(prowJob, buildId, values, console)));
    console.out(stringify(choices.size === 0 ? pod : { ...pod, spec: { ...pod.spec, volumes: makeLocal(pod, choices).spec.volumes } }, { lineWidth: 0 }));
    return 0;
  },
};

async function readProwJob(values: Settings, source: CloneSource | undefined): Promise<ProwJob> {
  let prowJob: ProwJob;
  if (values.prowJob === '') {
    const { snapshot } = loadValidConfiguration(values);
    const settings = source === undefined ? values : await completeFromSource(values, source);
    prowJob = await makeProwJob(snapshot.config, settings, { name: randomUUID(), nowMs: Date.now() });
  } else {
    const read = parseYaml(decodeText(readFileSync(values.prowJob === '-' ? 0 : values.prowJob)));
    if (!isProwJob(read)) throw new ProwError('PROW_CLI_PROWJOB', `${values.prowJob} holds no ProwJob: expected kind ProwJob with metadata and spec`);
    prowJob = read;
  }
  return source === undefined ? prowJob : clonedFrom(prowJob, source);
}

async function buildIdOf(prowJob: ProwJob, { buildId, run }: Settings, console: Console): Promise<string> {
  const given = buildId === '' ? (prowJob.status?.build_id ?? '') : buildId;
  if (given.toLowerCase() === 'snowflake' || (given === '' && run)) {
    const { SnowflakeBuildIds } = await import('@prow/engine-plank');
    return await new SnowflakeBuildIds({ clock: systemClock }).next();
  }
  if (given === '') console.error('prow mkpod: the ProwJob has no build id and --build-id is not given: paths of results will lack it\n');
  return given;
}

async function outputOf({ spec }: ProwJob, buildId: string, { local, outDir }: Settings, console: Console): Promise<{ outputDirectory?: string }> {
  if (outDir !== '') return { outputDirectory: join(outDir, buildId) };
  if (!local) return {};
  const outputDirectory = await mkdtemp(join(tmpdir(), `prowjob-out-${spec.job}-${buildId}`));
  console.error(`prow mkpod: results will be in ${outputDirectory} of the node\n`);
  return { outputDirectory };
}

// Without its ProwJob in the cluster, sinker would take the pod for a leftover.
function withoutOwner(pod: Pod): Pod {
  const { [createdByProwLabel]: _owned, ...labels } = pod.metadata.labels ?? {};
  return { ...pod, metadata: { ...pod.metadata, labels } };
}

interface Here { prowJob: ProwJob; buildId: string; choices: ReadonlyMap<string, string>; source: CloneSource | undefined; values: Settings }

async function runHere({ prowJob, buildId, choices, source, values }: Here, console: Console): Promise<number> {
  const runtime = runtimes.find((name) => name === values.runtime);
  if (runtime === undefined) throw new ProwError('PROW_CLI_FLAG', `--runtime: found ${JSON.stringify(values.runtime)}, expected one of ${runtimes.join(', ')}`);
  const isKept = values.outDir !== '' || values.local;
  const outputDirectory = values.outDir === '' ? await mkdtemp(join(tmpdir(), 'prowjob-out-')) : resolve(values.outDir, buildId);
  await mkdir(outputDirectory, { recursive: true });
  const stop = new AbortController();
  const kill = new AbortController();
  const interrupt = (): void => (stop.signal.aborted ? kill : stop).abort();
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  for (const name of signals) process.on(name, interrupt);
  try {
    const pod = makeLocal(withoutOwner(makePod(prowJob, buildId, { outputDirectory })), choices);
    const objects = readObjects(values.objects);
    const missing = missingFor(pod, objects);
    if (missing.length > 0) throw new ProwError('PROW_CLI_OBJECT', `the pod cannot run here yet:\n  ${missing.join('\n  ')}`);
    const { runPod } = await import('../run-pod/run-pod.ts');
    const code = await runPod({
      pod, objects, outputDirectory, runtime, toolsDir: values.toolsDir, isVerbose: values.verbose, isJson: values.json, stop: stop.signal, kill: kill.signal,
      sharedHostPaths: (source?.folders ?? []).map((path) => ({ path })),
      allowHostPaths: [outputDirectory, ...[...choices.values()].filter((choice) => choice !== 'empty')],
    }, console);
    if (isKept) console.error(`prow mkpod: results are in ${outputDirectory}\n`);
    return code;
  } finally {
    for (const name of signals) process.removeListener(name, interrupt);
    if (!isKept) await rm(outputDirectory, { recursive: true, force: true });
  }
}

function isProwJob(value: unknown): value is ProwJob {
  return typeof value === 'object' && value !== null && 'kind' in value && value.kind === 'ProwJob'
    && 'metadata' in value && typeof value.metadata === 'object' && value.metadata !== null
    && 'spec' in value && typeof value.spec === 'object' && value.spec !== null && 'job' in value.spec;
}
