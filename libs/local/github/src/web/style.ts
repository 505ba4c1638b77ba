/** The one style sheet of the pages. */
export const style = `
:root{--bg:#fff;--soft:#f6f8fa;--line:#d1d9e0;--text:#1f2328;--dim:#59636e;--link:#0969da;--green:#1a7f37;--greenbg:#dafbe1;--red:#d1242f;--redbg:#ffebe9;--purple:#8250df;--yellow:#9a6700;--yellowbg:#fff8c5;--head:#24292f;color-scheme:light dark}
@media(prefers-color-scheme:dark){:root{--bg:#0d1117;--soft:#151b23;--line:#3d444d;--text:#f0f6fc;--dim:#9198a1;--link:#4493f8;--green:#3fb950;--greenbg:#12261e;--red:#f85149;--redbg:#25171c;--purple:#ab7df8;--yellow:#d29922;--yellowbg:#272115;--head:#010409}}
*{box-sizing:border-box}
body{margin:0;background:var(--bg);color:var(--text);font:14px/1.5 -apple-system,"Segoe UI","Noto Sans",Helvetica,Arial,sans-serif}
a{color:var(--link);text-decoration:none}a:hover{text-decoration:underline}
header.top{background:var(--head);color:#fff;padding:12px 24px;display:flex;gap:16px;align-items:center}
header.top a{color:#fff;font-weight:600}header.top .space{flex:1}header.top form{display:inline}
main{max-width:1180px;margin:0 auto;padding:24px}
h1{font-weight:400;font-size:26px;margin:0 0 8px}h1 .number{color:var(--dim)}h2{font-size:18px;font-weight:600}
.crumbs{font-size:18px;margin-bottom:12px}.dim{color:var(--dim)}.small{font-size:12px}
nav.tabs{display:flex;gap:4px;border-bottom:1px solid var(--line);margin-bottom:20px;flex-wrap:wrap}
nav.tabs a{padding:8px 14px;color:var(--text);border-bottom:2px solid transparent}nav.tabs a[aria-current]{border-color:#fd8c73;font-weight:600}
.count{background:var(--soft);border:1px solid var(--line);border-radius:12px;padding:0 7px;font-size:12px;margin-left:4px}
.box{border:1px solid var(--line);border-radius:6px;margin-bottom:16px;background:var(--bg)}
.box>.head{background:var(--soft);padding:8px 14px;border-bottom:1px solid var(--line);border-radius:6px 6px 0 0}
.box>.body{padding:12px 14px;overflow-wrap:anywhere}
.row .icon{width:14px;flex:none;text-align:center}svg.sign{width:14px;height:14px;vertical-align:-2px;fill:none;stroke:currentColor;stroke-width:1.5}
.row{padding:9px 14px;border-top:1px solid var(--line);display:flex;gap:10px;align-items:baseline}.row:first-child,.head+.row{border-top:0}.row .grow{flex:1;min-width:0}
.state{display:inline-block;border-radius:16px;padding:4px 12px;color:#fff;font-weight:500;background:var(--green)}
.state.closed{background:var(--red)}.state.merged{background:var(--purple)}.state.draft{background:var(--dim)}
.label{display:inline-block;border-radius:12px;padding:0 8px;font-size:12px;font-weight:500;border:1px solid var(--line);margin-right:3px}
.columns{display:grid;grid-template-columns:minmax(0,1fr) 250px;gap:28px}@media(max-width:800px){.columns{grid-template-columns:1fr}}
aside section{border-bottom:1px solid var(--line);padding:10px 0;font-size:13px}aside h3{margin:0 0 4px;font-size:12px;color:var(--dim)}
.event{color:var(--dim);padding:4px 0 14px 18px;border-left:2px solid var(--line);margin-left:20px}
.avatar{width:22px;height:22px;border-radius:50%;vertical-align:middle;margin-right:5px}
.ok{color:var(--green)}.bad{color:var(--red)}.wait{color:var(--yellow)}
button,.button{font:inherit;font-weight:500;border:1px solid var(--line);background:var(--soft);color:var(--text);border-radius:6px;padding:5px 14px;cursor:pointer;display:inline-block}
button.primary{background:#1f883d;border-color:#1f883d;color:#fff}button:disabled{opacity:.5;cursor:default}
textarea,input[type=text],select{width:100%;font:inherit;color:var(--text);background:var(--bg);border:1px solid var(--line);border-radius:6px;padding:7px 10px}
textarea{min-height:110px;font-family:ui-monospace,Menlo,Consolas,monospace;font-size:13px}select{width:auto}
.actions{display:flex;gap:8px;justify-content:flex-end;margin:10px 0;flex-wrap:wrap}
.actions.reversed{flex-direction:row-reverse;justify-content:flex-start}
pre,code{font-family:ui-monospace,Menlo,Consolas,monospace;font-size:12px}pre{background:var(--soft);padding:10px;border-radius:6px;overflow:auto}code{background:var(--soft);padding:1px 4px;border-radius:4px}pre code{padding:0}
table.diff{border-collapse:collapse;width:100%;font:12px/1.5 ui-monospace,Menlo,Consolas,monospace}table.diff td{padding:0 10px;white-space:pre-wrap;overflow-wrap:anywhere;vertical-align:top}
table.diff td.no{color:var(--dim);text-align:right;width:1%;white-space:pre;user-select:none}tr.add{background:var(--greenbg)}tr.del{background:var(--redbg)}tr.hunk{background:var(--soft);color:var(--dim)}
.md table{border-collapse:collapse}.md th,.md td{border:1px solid var(--line);padding:4px 10px}.md p:first-child{margin-top:0}.md p:last-child{margin-bottom:0}.md img{max-width:100%}.md blockquote{margin:0;padding-left:12px;border-left:3px solid var(--line);color:var(--dim)}
.note{background:var(--yellowbg);border:1px solid var(--line);border-radius:6px;padding:10px 14px;margin-bottom:16px}.error{background:var(--redbg)}
.people{display:grid;grid-template-columns:repeat(auto-fill,minmax(200px,1fr));gap:12px}.people button{width:100%;text-align:left;padding:10px 14px}
`;
