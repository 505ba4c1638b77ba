// `prow check`: all that is wrong with a configuration, where it is, and what was meant.
import { booleanFlag, parseFlags } from '@prow/base-flags';
import { describeFindings, locateFindings } from '@prow/clients-config-source';
import type { LocatedFinding } from '@prow/clients-config-source';
import type { Command, Console } from '../command.ts';
import { lintConfiguration } from '../lint/lint.ts';
import { configFlags, loadConfiguration } from '../load-config.ts';

const flags = {
  ...configFlags,
  strict: booleanFlag('strict', { help: 'Warnings count as errors.', default: false }),
  json: booleanFlag('json', { help: 'Print findings as JSON lines.', default: false }),
} as const;

export const checkCommand: Command = {
  name: 'check',
  summary: 'Check a configuration; exit 1 when it has errors.',
  run: async (argv, console) => {
    const parsed = parseFlags(flags, argv, {
      program: 'prow check',
      summary: 'Checks config.yaml, plugins.yaml and jobs. Errors are what keeps them from loading. Warnings load, but are surely not meant so.',
      examples: ['prow check --config-path configs/config.yaml --job-config-path configs/jobs --plugin-config configs/plugins.yaml --strict'],
    });
    if (parsed.kind === 'help') {
      console.out(parsed.text);
      return 0;
    }
    const { values } = parsed;
    const loaded = loadConfiguration({ ...values, configCacheDir: '' });
    const all = [...loaded.findings, ...lintConfiguration(loaded, { hasPlugins: (values.pluginConfig ?? '') !== '' })];
    const findings = locateFindings(all);
    if (values.json) for (const finding of findings) console.out(`${JSON.stringify(wireFinding(finding))}\n`);
    else print(findings, loaded.files.length, console);
    const failing = findings.some((finding) => finding.severity === 'error' || values.strict);
    return failing ? 1 : 0;
  },
};

/** Lines and columns count from 1. */
function wireFinding(finding: LocatedFinding): object {
  const { line, column, ...rest } = finding;
  return { ...rest, ...(line === undefined ? {} : { line: line + 1, column: (column ?? 0) + 1 }) };
}

function print(findings: readonly LocatedFinding[], files: number, console: Console): void {
  if (findings.length > 0) console.out(`${describeFindings(findings)}\n\n`);
  const errors = findings.filter((finding) => finding.severity === 'error').length;
  console.out(`${files} files: ${count(errors, 'error')}, ${count(findings.length - errors, 'warning')}\n`);
}

function count(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? '' : 's'}`;
}
