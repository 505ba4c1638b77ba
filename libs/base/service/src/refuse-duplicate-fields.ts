import type { IncomingMessage, ServerResponse } from 'node:http';
import { ProwError } from '@prow/base-errors';

/**
 * For the `verify` of a JSON body parser: JSON.parse takes the last of two fields of one name, and says nothing.
 * Whether the text is JSON at all is not looked at. One pass, without a regular expression: the text is anybody's.
 * @throws ProwError PROW_SERVICE_BODY_DUPLICATE (400), naming the field, or PROW_SERVICE_BODY_ENCODING (415)
 */
export function refuseDuplicateFields(_request: IncomingMessage, _response: ServerResponse, body: Buffer, encoding: string): void {
  if (encoding !== 'utf-8') throw new ProwError('PROW_SERVICE_BODY_ENCODING', `the charset of the body: found ${encoding.slice(0, 40)}, expected utf-8`, { httpStatus: 415 });
  const text = body.toString('utf8');
  /** Names so far of each object that is open; undefined: a list. */
  const open: (Set<string> | undefined)[] = [];
  let last = '';
  for (let at = 0; at < text.length; at += 1) {
    switch (text[at]) {
      case '"': {
        const from = at;
        at = endOfString(text, from);
        last = text.slice(from, at + 1);
        break;
      }
      case '{':
        open.push(new Set());
        break;
      case '[':
        open.push(undefined);
        break;
      case '}':
      case ']':
        open.pop();
        break;
      case ':':
        addField(open.at(-1), last);
        break;
      default:
    }
  }
}

function endOfString(text: string, from: number): number {
  for (let at = from + 1; at < text.length; at += 1) {
    if (text[at] === '\\') at += 1;
    else if (text[at] === '"') return at;
  }
  return text.length;
}

function addField(fields: Set<string> | undefined, quoted: string): void {
  const name = nameOf(quoted);
  if (fields?.has(name) === true) throw new ProwError('PROW_SERVICE_BODY_DUPLICATE', `the body has the field ${JSON.stringify(name.slice(0, 50))} twice, expected it once`, { httpStatus: 400, details: { field: name.slice(0, 50) } });
  fields?.add(name);
}

/** Two spellings of one name are one name. */
function nameOf(quoted: string): string {
  try {
    return String(JSON.parse(quoted));
  } catch {
    return quoted;
  }
}
