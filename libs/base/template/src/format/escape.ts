import { isPrintable } from './quote.ts';

const htmlEscapes = new Map([['\0', '\ufffd'], ['"', '&#34;'], ["'", '&#39;'], ['&', '&amp;'], ['<', '&lt;'], ['>', '&gt;']]);

/** Go's template.HTMLEscapeString. */
export function escapeHtml(text: string): string {
  return text.replaceAll(/[\0"'&<>]/g, (character) => htmlEscapes.get(character) ?? character);
}

const scriptEscapes = new Map([['\\', '\\\\'], ["'", "\\'"], ['"', '\\"'], ['<', '\\u003C'], ['>', '\\u003E'], ['&', '\\u0026'], ['=', '\\u003D']]);

/** Go's template.JSEscapeString. */
export function escapeScript(text: string): string {
  let result = '';
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0;
    const escaped = scriptEscapes.get(character);
    if (escaped !== undefined) result += escaped;
    else if (code < 0x20 || (code >= 0x80 && !isPrintable(character))) result += `\\u${code.toString(16).toUpperCase().padStart(4, '0')}`;
    else result += character;
  }
  return result;
}

/** Go's url.QueryEscape. */
export function escapeQuery(text: string): string {
  return [...Buffer.from(text)]
    .map((byte) => {
      const character = String.fromCharCode(byte);
      if (character === ' ') return '+';
      return /[A-Za-z0-9\-_.~]/.test(character) ? character : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
    })
    .join('');
}
