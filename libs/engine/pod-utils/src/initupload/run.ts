// Says in storage that the job has started, and how cloning went. upstream: pkg/initupload/run.go
import { readFileSync } from 'node:fs';
import { ProwError } from '@prow/base-errors';
import type { Logger } from '@prow/base-log';
import { buildLogFile, cloneLogFile, cloneRecordsFile, finishedFile, startedFile } from '@prow/model-artifact-layout';
import { formatRecord } from '../clonerefs/record.ts';
import type { CloneRecord } from '../clonerefs/record.ts';
import { readJobSpec, startedJson } from '../job-spec.ts';
import type { FlagSpec } from '../options/go-flags.ts';
import { readOptions } from '../options/source.ts';
import type { OptionSource } from '../options/source.ts';
import { openDestination } from '../upload/destination.ts';
import { readUploadOptions, uploadFlags } from '../upload/options.ts';
import { uploadAll } from '../upload/uploader.ts';
import type { Upload } from '../upload/uploader.ts';

const flags: Readonly<Record<string, FlagSpec>> = { ...uploadFlags, 'clone-log': { key: 'log', kind: 'text' } };
const textType = 'text/plain; charset=utf-8';
const jsonType = 'application/json';

/**
 * @returns 0, or 1 if cloning failed (the job must not run) or something could not be uploaded
 * @throws ProwError PROW_POD_UTILS_OPTION, PROW_POD_UTILS_CLONE_LOG; of storage and layout
 */
export async function runInitUpload(source: OptionSource, log: Logger): Promise<number> {
  const { fields } = readOptions(source, 'INITUPLOAD_OPTIONS', flags);
  const options = readUploadOptions(fields);
  const spec = readJobSpec(source.env);
  const cloneLog = fields.text('log');
  const records = cloneLog === '' ? [] : readRecords(cloneLog);
  const hasFailed = records.some(({ failed }) => failed === true);
  const { storage, prefix, pointers } = await openDestination(options, spec);
  const nowSeconds = Math.floor(Date.now() / 1000);

  const file = (name: string, body: string | Buffer, contentType: string): Upload => ({ path: `${prefix}${name}`, open: () => ({ body, options: { contentType } }) });
  const uploads: Upload[] = pointers.map(({ path, content, metadata }) => ({ path, open: () => ({ body: content, options: { contentType: textType, ...(metadata === undefined ? {} : { metadata }) } }) }));
  uploads.push(file(startedFile, startedJson(spec, records, nowSeconds), jsonType));
  if (cloneLog !== '') {
    const rendered = records.map(formatRecord).join('\n');
    uploads.push(file(cloneLogFile, rendered, textType), file(cloneRecordsFile, readFileSync(cloneLog), jsonType));
    if (hasFailed) uploads.push(file(buildLogFile(), rendered, textType), file(finishedFile, JSON.stringify({ timestamp: nowSeconds, passed: false, result: 'FAILURE' }), jsonType));
  }
  const { failed } = await uploadAll(storage, uploads, { log, isDryRun: options.isDryRun });
  if (hasFailed) log.error('Cloning the appropriate refs failed');
  return hasFailed || failed > 0 ? 1 : 0;
}

function readRecords(path: string): CloneRecord[] {
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    throw new ProwError('PROW_POD_UTILS_CLONE_LOG', `cannot read the clone records ${path}: ${(error as Error).message}`, { details: { path }, cause: error });
  }
  if (!Array.isArray(value) || !value.every((record) => typeof record === 'object' && record !== null && typeof (record as CloneRecord).refs === 'object')) {
    throw new ProwError('PROW_POD_UTILS_CLONE_LOG', `${path} does not hold clone records`, { details: { path } });
  }
  return value as CloneRecord[];
}
