import { expect, test } from '@jest/globals';
import { newProwJob } from './make-prowjob.ts';
import { causeOf, jobTraceparent, traceparentAnnotation, withTraceparent } from './trace-context.ts';

const cause = '00-72d3162ecc7811e381ab4c9367dc0958-00f067aa0ba902b7-00';
const job = newProwJob({ type: 'periodic', agent: 'kubernetes', job: 'work' }, { name: 'one', namespace: 'default', nowMs: 0 });
const stored = { ...job, metadata: { ...job.metadata, uid: '0f8fad5b-d9cb-469f-a165-70867728950e' } };

test('a job lies in the trace of its cause, and without one in a trace of its own', () => {
  expect(withTraceparent(stored, undefined)).toBe(stored);
  expect(causeOf(stored)).toBeUndefined();
  expect(jobTraceparent(stored)).toBe('00-0f8fad5bd9cb469fa16570867728950e-a16570867728950e-01');
  const caused = withTraceparent(stored, cause);
  expect(causeOf(caused)).toBe(cause);
  expect(withTraceparent(caused, cause.replace('72d3', '82d3'))).toBe(caused);
  expect(jobTraceparent(caused)).toBe('00-72d3162ecc7811e381ab4c9367dc0958-a16570867728950e-00');
  expect(jobTraceparent(job)).toBeUndefined();
  const rubbish = { ...stored, metadata: { ...stored.metadata, annotations: { [traceparentAnnotation]: 'rubbish' } } };
  expect(jobTraceparent(rubbish)).toBe(jobTraceparent(stored));
});
