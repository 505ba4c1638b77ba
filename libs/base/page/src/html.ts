/** Text that has been made safe for HTML. */
export class Html {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

/** Everything put in is escaped, but what came out of here before. `undefined`, `null` and `false` are nothing. */
export function html(strings: TemplateStringsArray, ...values: readonly unknown[]): Html {
  return new Html(strings.reduce((text, part, index) => text + part + (index < values.length ? render(values[index]) : ''), ''));
}

function render(value: unknown): string {
  if (value instanceof Html) return value.text;
  if (Array.isArray(value)) return value.map(render).join('');
  if (value === undefined || value === null || value === false) return '';
  return escapeHtml(typeof value === 'string' ? value : JSON.stringify(value));
}

function escapeHtml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;').replaceAll("'", '&#39;');
}

/** A link, where the address is one of the web; else the text alone. */
export function link(href: string | undefined, text: unknown): Html {
  return href !== undefined && (/^https?:\/\//.test(href) || /^\/(?!\/)/.test(href)) ? html`<a rel="noreferrer" href="${href}">${text}</a>` : html`${text}`;
}
