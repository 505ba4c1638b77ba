/** deck's look (apps/deck-web/src/main.css), as much of it as these pages need. */
export const style = `
:root{color-scheme:light dark;--bg:#f6f8fa;--card:#fff;--text:#1f2328;--quiet:#59636e;--line:#d8dee4;--hover:#eef2f6;--accent:#0969da;--accent-soft:#54aeff;--code:#eff2f5;--handled:#1a7f37;--given-up:#cf222e;--waiting:#0969da;--retrying:#9a6700;--ignored:#6e7781}
@media (prefers-color-scheme:dark){:root{--bg:#0d1117;--card:#151b23;--text:#e6edf3;--quiet:#9198a1;--line:#2f3742;--hover:#1c232c;--accent:#4493f8;--accent-soft:#1f6feb;--code:#1f2630;--handled:#3fb950;--given-up:#f85149;--waiting:#4493f8;--retrying:#d29922;--ignored:#9198a1}}
*{box-sizing:border-box}
body{margin:0;background:var(--bg);color:var(--text);font:14px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans",sans-serif}
a{color:var(--accent);text-decoration:none}a:hover{text-decoration:underline}
a:focus-visible,button:focus-visible,input:focus-visible,select:focus-visible,summary:focus-visible{outline:2px solid var(--accent);outline-offset:1px}
code{font:12px ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;background:var(--code);border-radius:4px;padding:1px 5px;overflow-wrap:anywhere}
small{color:var(--quiet);font-weight:normal;font-size:12px}
h1{font-size:20px;margin:0;overflow-wrap:anywhere}h2{font-size:15px;margin:0}h3{font-size:12px;font-weight:600;color:var(--quiet);margin:14px 0 4px}
.quiet{color:var(--quiet)}.nowrap{white-space:nowrap}
.top{display:flex;align-items:center;gap:28px;padding:10px 24px;background:var(--card);border-bottom:1px solid var(--line)}
.brand{display:flex;align-items:center;gap:8px;font-weight:650;font-size:16px;color:var(--text)}.brand:hover{text-decoration:none}
.top nav{display:flex;gap:4px;flex-wrap:wrap}
.top nav a{padding:5px 11px;border-radius:6px;color:var(--text)}.top nav a:hover{background:var(--hover);text-decoration:none}
.top nav a[aria-current]{background:var(--hover);font-weight:600}
main{max-width:1320px;margin:0 auto;padding:20px 24px 60px}
.card,.table-frame,.summary{background:var(--card);border:1px solid var(--line);border-radius:8px}
.card{padding:14px 18px;margin-bottom:14px}.summary{padding:14px 16px;margin-bottom:12px}
.bar{display:flex;gap:2px;height:8px;border-radius:4px;overflow:hidden;background:var(--hover);margin-bottom:10px}.bar span{min-width:4px}
.counts{display:flex;gap:6px 18px;flex-wrap:wrap}.counts a{color:var(--text);padding:1px 6px;border-radius:5px}.counts a[aria-current]{background:var(--hover)}
.dot{display:inline-block;width:9px;height:9px;border-radius:50%;margin-right:6px}
.fill-handled{background:var(--handled)}.fill-given-up{background:var(--given-up)}.fill-waiting{background:var(--waiting)}.fill-retrying{background:var(--retrying)}.fill-ignored{background:var(--ignored)}
.state{display:inline-flex;gap:5px;font-weight:600;white-space:nowrap}.sign{display:inline-grid;place-items:center;width:16px}
.state-handled{color:var(--handled)}.state-given-up{color:var(--given-up)}.state-waiting{color:var(--waiting)}.state-retrying{color:var(--retrying)}.state-ignored{color:var(--ignored)}
.filters{display:flex;gap:10px;flex-wrap:wrap;align-items:end;margin-bottom:12px}
.filters label{display:flex;flex-direction:column;font-size:12px;color:var(--quiet);gap:3px}.filters .wide{flex:1 1 220px}
input,select,button,.button{font:inherit;color:var(--text);background:var(--card);border:1px solid var(--line);border-radius:6px;padding:5px 9px;min-height:33px}
input[type=number]{width:100px}button,.button{cursor:pointer}button:hover,.button:hover{background:var(--hover);text-decoration:none}
.table-frame{overflow-x:auto}table{width:100%;border-collapse:collapse}
th{text-align:left;font-size:12px;font-weight:600;color:var(--quiet)}th,td{padding:8px 12px;border-bottom:1px solid var(--line);vertical-align:top}
tbody tr:last-child td{border-bottom:0}.table-frame tbody tr:hover{background:var(--hover)}
td.event{font-weight:550;min-width:150px}td.event small{display:block}
.pager{display:flex;gap:10px;margin-top:12px;align-items:center}
.title{display:flex;align-items:center;gap:6px 14px;flex-wrap:wrap;margin-bottom:10px}.title .buttons{margin-left:auto;display:flex;gap:8px;flex-wrap:wrap;align-items:center}
dl{display:grid;grid-template-columns:max-content 1fr;gap:4px 18px;margin:0}dt{color:var(--quiet)}dd{margin:0;overflow-wrap:anywhere}
ul{margin:0;padding-left:20px}li{padding:2px 0;overflow-wrap:anywhere}
li .field{margin-right:12px}li .field b{font-weight:400;color:var(--quiet)}
pre{background:var(--code);padding:10px;border-radius:6px;overflow:auto;font:12px/1.5 ui-monospace,SFMono-Regular,Menlo,Consolas,monospace}
details summary{cursor:pointer}
.trouble{background:color-mix(in srgb,var(--given-up) 12%,var(--card));border:1px solid color-mix(in srgb,var(--given-up) 40%,var(--line));border-radius:6px;padding:8px 12px;overflow-wrap:anywhere;margin:8px 0}
.note{background:color-mix(in srgb,var(--handled) 10%,var(--card));border:1px solid color-mix(in srgb,var(--handled) 35%,var(--line));border-radius:6px;padding:8px 12px;margin:0 0 12px}
.empty{text-align:center;padding:56px 20px;background:var(--card);border:1px dashed var(--line);border-radius:8px;color:var(--quiet)}
@media (max-width:700px){main{padding:14px 10px 40px}.top{padding:10px;gap:12px}th,td{padding:7px 8px}dl{grid-template-columns:1fr}dt{margin-top:4px}}
`;
