// What all pages of the pool share. No scripts; every value is escaped where it enters the page.
export type Html = { readonly html: string };

/** A piece of a page: what is put into it is text and is escaped, unless it is a piece itself. */
export function html(parts: TemplateStringsArray, ...values: (string | number | Html | readonly Html[] | undefined)[]): Html {
  return { html: parts.reduce((text, part, index) => text + asHtml(values[index - 1]) + part) };
}

function asHtml(value: string | number | Html | readonly Html[] | undefined): string {
  if (value === undefined) return '';
  if (typeof value === 'object') return 'html' in value ? value.html : value.map((each) => each.html).join('');
  return escape(String(value));
}

function escape(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;').replaceAll("'", '&#39;');
}

/** An address from outside as a link; only http and https become one. */
export function link(url: string | undefined, text: string): Html {
  return url !== undefined && /^https?:\/\//i.test(url) ? html`<a href="${url}">${text}</a>` : html`${text}`;
}

/** A move as a button. */
export function button(call: string, label: string, fields: Readonly<Record<string, string>>): Html {
  const hidden = Object.entries(fields).map(([name, value]) => html`<input type="hidden" name="${name}" value="${value}">`);
  return html`<form method="post" action="act/${call}">${hidden}<button>${label}</button></form>`;
}

export const pageHeaders = {
  'Content-Security-Policy': "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
  'Cache-Control': 'no-store',
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'same-origin',
} as const;

export interface FrameOptions {
  title: string;
  /** Loads itself again so often, with that query. */
  refresh?: { seconds: number; query: string };
  /** What the last button did. */
  notice?: { text: string; isProblem: boolean } | undefined;
  signedIn?: string | undefined;
}

export function page({ title, refresh: again, notice, signedIn }: FrameOptions, body: Html): string {
  const refresh = again === undefined ? undefined : html`<meta http-equiv="refresh" content="${again.seconds};url=?${again.query}">`;
  const note = notice === undefined ? undefined : html`<p class="notice ${notice.isProblem ? 'problem' : 'done'}" role="status">${notice.text}</p>`;
  const who = signedIn === undefined ? undefined : html`<form method="post" action="sign-out" class="who">${signedIn} <button>Sign out</button></form>`;
  return html`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">${refresh}<title>${title}</title>
<style>${{ html: style }}</style></head><body><header><a href="/">Prow</a><span>/</span><a href="?">Cluster pool</a>${who}</header><main>${note}
${body}
</main></body></html>
`.html;
}

const style = `
:root{color-scheme:light dark;--bg:#f6f8fa;--card:#fff;--text:#1f2328;--quiet:#59636e;--line:#d8dee4;--link:#0969da;--finished:#1a7f37;--testing:#0969da;--held:#9a6700;--cleaning:#8250df;--disabled:#6e7781;--bad:#cf222e}
@media(prefers-color-scheme:dark){:root{--bg:#0d1117;--card:#151b23;--text:#e6edf3;--quiet:#9198a1;--line:#2f3742;--link:#4493f8;--finished:#3fb950;--testing:#4493f8;--held:#d29922;--cleaning:#ab7df8;--disabled:#7d8590;--bad:#f85149}}
*{box-sizing:border-box}body{margin:0;background:var(--bg);color:var(--text);font:14px/1.5 system-ui,sans-serif}
header{display:flex;gap:8px;align-items:center;padding:12px 24px;background:var(--card);border-bottom:1px solid var(--line);color:var(--quiet)}header a{font-weight:600}.who{margin-left:auto;color:var(--quiet)}
main{max-width:1180px;margin:0 auto;padding:24px}h1{font-size:22px;margin:0 0 4px}h2{font-size:16px;margin:28px 0 8px}p{margin:0 0 12px}.quiet,th,footer{color:var(--quiet)}a{color:var(--link);text-decoration:none}a:hover{text-decoration:underline}
table{width:100%;border-collapse:separate;border-spacing:0;background:var(--card);border:1px solid var(--line);border-radius:8px;overflow:hidden}td,th{text-align:left;padding:7px 12px;border-bottom:1px solid var(--line);vertical-align:middle;overflow-wrap:anywhere}tr:last-child td,tbody tr:last-child th{border-bottom:0}th{font-size:12px;font-weight:600;white-space:nowrap}
td.age,.name{white-space:nowrap}.wide{overflow-x:auto;background:var(--card);border:1px solid var(--line);border-radius:8px}.wide table{border:0;min-width:860px}.wide td{overflow-wrap:break-word}
td.acts{white-space:nowrap;text-align:right}form{display:inline}form+form{margin-left:6px}td .quiet{font-size:12px}
button{font:inherit;font-size:12px;padding:3px 10px;border:1px solid var(--line);border-radius:6px;background:var(--bg);color:var(--text);cursor:pointer}button:hover{border-color:var(--quiet)}
input,select{font:inherit;padding:4px 8px;border:1px solid var(--line);border-radius:6px;background:var(--bg);color:var(--text)}label{display:inline-block;margin:0 12px 8px 0;color:var(--quiet)}label input{display:block;color:var(--text)}
.state{font-weight:600;white-space:nowrap}.state::before{content:"";display:inline-block;width:9px;height:9px;border-radius:5px;background:currentColor;margin-right:7px}
.finished{color:var(--finished)}.testing{color:var(--testing)}.held{color:var(--held)}.cleaning{color:var(--cleaning)}.disabled{color:var(--disabled)}.bad{color:var(--bad)}
.tiles{display:flex;flex-wrap:wrap;gap:12px;margin:16px 0}.tile{flex:1 1 120px;background:var(--card);border:1px solid var(--line);border-radius:8px;padding:10px 14px}.tile b{display:block;font-size:24px;line-height:1.2}.tile span{color:var(--quiet)}
.card{background:var(--card);border:1px solid var(--line);border-radius:8px;padding:14px 16px;margin-bottom:12px}form.card{display:block}.card svg{display:block;width:100%;height:auto}svg text{fill:var(--quiet);font:11px system-ui,sans-serif}svg .finished{fill:var(--finished)}svg .testing{fill:var(--testing)}svg .held{fill:var(--held)}svg .cleaning{fill:var(--cleaning)}svg .disabled{fill:var(--disabled)}svg .grid{stroke:var(--line)}
.legend{display:flex;flex-wrap:wrap;gap:16px;font-size:12px;margin-top:8px}.legend .state{font-weight:400}
summary{cursor:pointer}.search{display:block;margin:0 0 10px}.search input{width:min(320px,60%)}
@media(max-width:700px){header{padding:10px 14px}main{padding:14px}.wide table{min-width:0}.wide thead{display:none}.wide tr{display:flex;flex-wrap:wrap;gap:0 12px;padding:8px 12px;border-bottom:1px solid var(--line)}.wide tr:last-child{border-bottom:0}.wide td{border:0;padding:1px 0;overflow-wrap:anywhere}.wide td:first-child{flex-basis:100%}.wide td:empty{display:none}.wide td.name,.wide .name{white-space:normal}.chart{overflow-x:auto;direction:rtl}.chart svg{direction:ltr;min-width:620px}svg text{font-size:18px}}
.notice{padding:10px 14px;border:1px solid var(--line);border-left:4px solid var(--finished);border-radius:6px;background:var(--card)}.notice.problem{border-left-color:var(--bad)}
`;
