// The JSON Schemas of the kinds of configuration files: for editors, and for checks by ajv.
import { toJsonSchema } from '@prow/base-schema';
import { configFileShape, inRepoFile, jobFile } from '@prow/model-config';
import { pluginConfigShape } from '@prow/model-plugin-config';

/** By file name: `config`, `jobs`, `plugins` and `prow` (the file in a tested repository). */
export function schemas(): Record<string, Record<string, unknown>> {
  return {
    config: toJsonSchema(configFileShape, { id: 'config.schema.json', title: 'config.yaml', description: "Prow's components, and presets and jobs if one likes." }),
    jobs: toJsonSchema(jobFile, { id: 'jobs.schema.json', title: 'Jobs', description: 'A file of the jobs tree: presubmits, postsubmits, periodics, presets.' }),
    plugins: toJsonSchema(pluginConfigShape, { id: 'plugins.schema.json', title: 'plugins.yaml', description: 'Which plugins run where, and their settings.' }),
    prow: toJsonSchema(inRepoFile, { id: 'prow.schema.json', title: '.prow.yaml', description: 'Jobs described in the repository they test.' }),
  };
}
