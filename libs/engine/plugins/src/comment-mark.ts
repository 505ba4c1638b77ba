// A mark in comments that people do not see: which delivery and plugin it comes from. It is a Markdown link definition
// that nothing refers to, so that tools which read HTML comments of Prow's comments find only what upstream puts there.
import { derivedUuid } from './delivery-uuid.ts';

const pattern = /\n*\[prow-mark\]: # \(([0-9a-f-]{36})\)\s*$/;

/** The same for the same text by the same plugin on the same delivery. */
export function markFor({ guid, plugin, body }: { guid: string; plugin: string; body: string }): string {
  return derivedUuid('comment', guid, plugin, body);
}

export function addMark(body: string, mark: string): string {
  return `${body.replace(/\s+$/, '')}\n\n[prow-mark]: # (${mark})\n`;
}

export function markOf(body: string): string | undefined {
  return pattern.exec(body.replaceAll('\r\n', '\n'))?.[1];
}

/** The comment as it was before the mark was added. */
export function withoutMark(body: string): string {
  return body.replaceAll('\r\n', '\n').replace(pattern, '').trimEnd();
}
