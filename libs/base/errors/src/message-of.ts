import { isErrorLike } from './is-error-like.ts';

const maxCauses = 8;
const maxMessageLength = 10_000;

/** One line of text for anything that was thrown, with the messages of its causes that add something. */
export function messageOf(error: unknown): string {
  const parts: string[] = [];
  let current = error;
  for (let depth = 0; depth < maxCauses && current !== undefined && current !== null; depth += 1) {
    const text = textOf(current);
    if (text !== '' && !parts.some((part) => part.includes(text))) parts.push(text);
    current = isErrorLike(current) ? current.cause : undefined;
  }
  const message = parts.join(': ') || 'unknown error';
  return message.length > maxMessageLength ? `${message.slice(0, maxMessageLength)}…` : message;
}

function textOf(thrown: unknown): string {
  if (isErrorLike(thrown)) {
    if (thrown.message === '' && Array.isArray(thrown.errors)) return thrown.errors.map((each) => textOf(each)).join('; ');
    return thrown.message || thrown.name;
  }
  if (typeof thrown === 'string') return thrown;
  try {
    return JSON.stringify(thrown) ?? String(thrown);
  } catch {
    return String(thrown);
  }
}
