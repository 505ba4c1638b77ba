// `prow dump`: the effective configuration as JSON, to be compared with what upstream makes of the same files.
import { booleanFlag, parseFlags, stringFlag } from '@prow/base-flags';
import { ProwError } from '@prow/base-errors';
import type { Command } from '../command.ts';
import { dumpJobs } from '../dump/dump-jobs.ts';
import { dumpComponents, dumpPlugins, dumpTide } from '../dump/dump-sections.ts';
import { configFlags, loadValidConfiguration } from '../load-config.ts';

const flags = {
  ...configFlags,
  what: stringFlag('what', { help: 'jobs, tide, config or plugins.', default: 'jobs' }),
  pods: booleanFlag('pods', { help: 'With jobs: make the pod of each, too.', default: true }),
} as const;

const dumps = { jobs: dumpJobs, tide: dumpTide, config: dumpComponents, plugins: dumpPlugins } as const;

export const dumpCommand: Command = {
  name: 'dump',
  summary: 'Print the effective configuration as JSON lines.',
  run: async (argv, console) => {
    const parsed = parseFlags(flags, argv, {
      program: 'prow dump',
      summary: 'Prints the configuration after defaults and presets. jobs: a line a job, with its ProwJob and pod for a fixed change; tide: queries as searches, and what applies to each branch; config and plugins: one line.',
      examples: ['prow dump --config-path configs/config.yaml --job-config-path configs/jobs', 'prow dump --config-path configs/config.yaml --what tide'],
    });
    if (parsed.kind === 'help') {
      console.out(parsed.text);
      return 0;
    }
    const dump = Object.hasOwn(dumps, parsed.values.what) ? dumps[parsed.values.what as keyof typeof dumps] : undefined;
    if (dump === undefined) throw new ProwError('PROW_CLI_FLAG', `--what ${parsed.values.what}: expected jobs, tide, config or plugins`);
    const { snapshot } = loadValidConfiguration(parsed.values);
    let lines: string[] = [];
    for (const line of dump(snapshot, { pods: parsed.values.pods })) {
      lines.push(JSON.stringify(line));
      if (lines.length < 200) continue;
      console.out(`${lines.join('\n')}\n`);
      lines = [];
    }
    if (lines.length > 0) console.out(`${lines.join('\n')}\n`);
    return 0;
  },
};
