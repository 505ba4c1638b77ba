import { messageOf } from '@prow/base-errors';

/** An error as a plain field value: message, code and details if it has them, stack without the message. */
export function describeThrown(error: Error): Record<string, unknown> {
  const described: Record<string, unknown> = { message: messageOf(error) };
  if (error.name !== 'Error') described['name'] = error.name;
  if ('code' in error && error.code !== undefined) described['code'] = error.code;
  if ('details' in error && typeof error.details === 'object' && error.details !== null && Object.keys(error.details).length > 0) {
    described['details'] = error.details;
  }
  // A failure that is part of normal operation (it has a code of ours) needs no stack.
  const code = described['code'];
  if (typeof code !== 'string' || !code.startsWith('PROW_')) {
    described['stack'] = (error.stack ?? '').split('\n').slice(1, 7).map((line) => line.trim()).join(' | ');
  }
  return described;
}
