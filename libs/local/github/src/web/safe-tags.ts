// The part of HTML that people and bots may write into Markdown, as GitHub allows it. Everything else is text.
import { escapeHtml } from './html.ts';

const plain = new Set(['b', 'i', 'em', 'strong', 'code', 'pre', 'kbd', 'sub', 'sup', 'del', 'ins', 's', 'p', 'div', 'span', 'summary', 'ul', 'ol', 'li', 'blockquote', 'h1', 'h2', 'h3', 'h4', 'h5', 'h6', 'table', 'thead', 'tbody', 'tr', 'th', 'td', 'a', 'details']);
const empty = new Set(['br', 'hr']);
const pieces = /<!--[^]*?(?:-->|$)|<(\/?)([a-zA-Z][a-zA-Z0-9]*)((?:\s+[a-zA-Z-]+(?:\s*=\s*(?:"[^"<>]*"|'[^'<>]*'|[^\s"'=<>`]+))?)*)\s*\/?>/g;
const href = /\shref\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'=<>`]+))/i;
const isOpen = /\sopen(?:\s|=|$)/i;
const safeAddress = /^(?:https?:\/\/|mailto:|\/(?!\/)|#)/i;

/** One text's tags: what it opens is closed, what it did not open is not closed, so that a comment never reaches beyond itself. */
export class SafeTags {
  readonly #open: string[] = [];

  /** HTML as it was written, made harmless. */
  clean(source: string): string {
    let result = '';
    let from = 0;
    for (const match of source.matchAll(pieces)) {
      result += escapeText(source.slice(from, match.index));
      from = match.index + match[0].length;
      if (!match[0].startsWith('<!--')) result += this.#tag(match[0], match[1] === '/', (match[2] ?? '').toLowerCase(), match[3] ?? '');
    }
    return result + escapeText(source.slice(from));
  }

  /** Closes what is still open. */
  end(): string {
    return this.#open.splice(0).toReversed().map((name) => `</${name}>`).join('');
  }

  #tag(source: string, isEnd: boolean, name: string, attributes: string): string {
    if (empty.has(name)) return isEnd ? '' : `<${name}>`;
    if (!plain.has(name)) return escapeHtml(source);
    if (isEnd) {
      const at = this.#open.lastIndexOf(name);
      if (at < 0) return '';
      return this.#open.splice(at).toReversed().map((open) => `</${open}>`).join('');
    }
    this.#open.push(name);
    if (name === 'details') return isOpen.test(attributes) ? '<details open>' : '<details>';
    const [, double, single, bare] = name === 'a' ? (href.exec(attributes) ?? []) : [];
    const address = (double ?? single ?? bare ?? '').trim();
    return safeAddress.test(address) ? `<a rel="nofollow noreferrer" href="${escapeText(address)}">` : `<${name}>`;
  }
}

/** Text between tags may hold entities, which stay. */
function escapeText(text: string): string {
  return text.replaceAll(/&(?!(?:[a-zA-Z][a-zA-Z0-9]{1,30}|#\d{1,7}|#[xX][0-9a-fA-F]{1,6});)/g, '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}
