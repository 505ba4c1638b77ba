// `prow mkpod`: the pod of a ProwJob, as YAML for kubectl. upstream: cmd/mkpod
import { readFileSync } from 'node:fs';
import { parseFlags, stringFlag } from '@prow/base-flags';
import { ProwError } from '@prow/base-errors';
import { decodeText, parseYaml } from '@prow/base-yaml';
import { makePod } from '@prow/model-pod-spec';
import type { ProwJob } from '@prow/model-prowjob';
import { stringify } from 'yaml';
import type { Command } from '../command.ts';

const flags = {
  prowJob: stringFlag('prow-job', { help: "Path of a ProwJob's YAML or JSON; - reads standard input.", required: true }),
  buildId: stringFlag('build-id', { help: "The build's number.", default: '0' }),
  outDir: stringFlag('out-dir', { help: "A folder on the node artifacts are kept in, instead of the job's storage.", default: '' }),
} as const;

export const mkpodCommand: Command = {
  name: 'mkpod',
  summary: 'Print the pod of a ProwJob, as YAML for kubectl.',
  run: async (argv, console) => {
    const parsed = parseFlags(flags, argv, {
      program: 'prow mkpod',
      summary: 'Prints the pod plank would make of a ProwJob.',
      examples: ['prow mkpj … > prowjob.yaml && prow mkpod --prow-job prowjob.yaml --build-id 42'],
    });
    if (parsed.kind === 'help') {
      console.out(parsed.text);
      return 0;
    }
    const { values } = parsed;
    const prowJob = parseYaml(decodeText(readFileSync(values.prowJob === '-' ? 0 : values.prowJob)));
    if (!isProwJob(prowJob)) throw new ProwError('PROW_CLI_PROWJOB', `${values.prowJob} holds no ProwJob: expected kind ProwJob with metadata and spec`);
    console.out(stringify(makePod(prowJob, values.buildId, values.outDir === '' ? {} : { outputDirectory: values.outDir }), { lineWidth: 0 }));
    return 0;
  },
};

function isProwJob(value: unknown): value is ProwJob {
  return typeof value === 'object' && value !== null && 'kind' in value && value.kind === 'ProwJob'
    && 'metadata' in value && typeof value.metadata === 'object' && value.metadata !== null
    && 'spec' in value && typeof value.spec === 'object' && value.spec !== null && 'job' in value.spec;
}
