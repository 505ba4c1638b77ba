// `prow mkpj`: the ProwJob of a configured job, as YAML for kubectl. upstream: cmd/mkpj
import { randomUUID } from 'node:crypto';
import { parseFlags } from '@prow/base-flags';
import { stringify } from 'yaml';
import type { Command } from '../command.ts';
import { changeFlags, makeProwJob } from '../make-prowjob.ts';
import { configFlags, loadValidConfiguration } from '../load-config.ts';

const flags = { ...configFlags, ...changeFlags } as const;

export const mkpjCommand: Command = {
  name: 'mkpj',
  summary: 'Print the ProwJob of a job, as YAML for kubectl.',
  run: async (argv, console) => {
    const parsed = parseFlags(flags, argv, {
      program: 'prow mkpj',
      summary: 'Prints the ProwJob of a configured job for a given change. What is not given of a pull request is read from GitHub. The system that npm start runs derives its configuration into .prow/config/: with configs/ itself, results would go to file:///artifacts, where nobody looks.',
      examples: [
        'prow mkpj --config-path .prow/config/config.yaml --job-config-path .prow/config/jobs --job tessops-heartbeat | kubectl --kubeconfig .prow/kubeconfig create -f -',
        'prow mkpj --config-path configs/config.yaml --job-config-path configs/jobs --job pull-unit --base-ref master --pull-number 7 | kubectl create -f -',
      ],
    });
    if (parsed.kind === 'help') {
      console.out(parsed.text);
      return 0;
    }
    const { snapshot } = loadValidConfiguration(parsed.values);
    const prowJob = await makeProwJob(snapshot.config, parsed.values, { name: randomUUID(), nowMs: Date.now() });
    console.out(stringify(prowJob, { lineWidth: 0 }));
    return 0;
  },
};
