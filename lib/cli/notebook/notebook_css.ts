/** The style of a notebook as a page: for a screen and for paper, light on both. */
export const NOTEBOOK_CSS: string = `
:root { color-scheme:light; --ink:#1c2430; --soft:#5b6675; --line:#dde2e9; --panel:#f6f8fa; --accent:#0b69a8; }
* { box-sizing:border-box; }
body { margin:0; background:#fff; color:var(--ink);
  font:16px/1.55 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif; }
main { max-width:900px; margin:0 auto; padding:40px 28px 24px; }
footer { max-width:900px; margin:0 auto; padding:12px 28px 48px; color:var(--soft); font-size:13px; }
h1 { margin:0 0 14px; font-size:32px; line-height:1.2; letter-spacing:-.015em; }
h2 { margin:40px 0 10px; font-size:23px; } h3 { margin:26px 0 8px; font-size:18px; }
p, ul, ol, dl, blockquote { margin:0 0 12px; } li { margin:3px 0; }
a { color:var(--accent); } blockquote { padding-left:14px; border-left:3px solid var(--line); color:var(--soft); }
code, pre { font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace; }
code { font-size:.9em; background:var(--panel); border-radius:4px; padding:.1em .3em; }
pre { margin:0 0 10px; font-size:13px; line-height:1.5; white-space:pre-wrap; overflow-wrap:anywhere; }
pre code { background:none; padding:0; font-size:inherit; }
.text pre, .raw pre, pre.code { background:var(--panel); border:1px solid var(--line); border-radius:8px; padding:11px 14px; }
.cell { position:relative; margin:14px 0 18px; }
.number { position:absolute; left:-64px; width:54px; top:12px; text-align:right; color:var(--soft);
  font:12px/1.5 ui-monospace,Menlo,Consolas,monospace; }
.outputs { padding:2px 0 0 15px; border-left:3px solid var(--line); overflow-x:auto; }
.outputs > :last-child { margin-bottom:0; }
.stderr { color:#7a5200; } .error { color:#a02020; } .note { color:var(--soft); font-size:14px; }
img { max-width:100%; height:auto; } img.figure { display:block; margin:4px 0; }
table { border-collapse:collapse; margin:0 0 12px; font-size:14px; font-variant-numeric:tabular-nums; }
th, td { padding:5px 10px; border-top:1px solid var(--line); text-align:right; vertical-align:top; }
.text th, .text td { text-align:left; } thead th { border-top:0; border-bottom:1px solid #b9c2cd; }
math { font-size:1.05em; } math[display=block] { margin:10px 0 14px; }
.hljs-comment, .hljs-quote { color:#626d7a; font-style:italic; }
.hljs-keyword, .hljs-literal, .hljs-type { color:#8b2fa8; }
.hljs-string, .hljs-regexp, .hljs-template-tag { color:#1c6b34; }
.hljs-number, .hljs-symbol { color:#a04a00; }
.hljs-title, .hljs-section, .hljs-name { color:#0b5394; }
.hljs-attr, .hljs-attribute, .hljs-property, .hljs-built_in { color:#6b4a00; }
.hljs-meta { color:#626d7a; }
@media (max-width:1040px) { .number { position:static; width:auto; text-align:left; margin:0 0 2px; } }
@media print {
  @page { margin:18mm 16mm; }
  body { font-size:10.5pt; } main, footer { max-width:none; padding:0; }
  pre { font-size:8.5pt; } h1, h2, h3 { break-after:avoid; }
  table, img, figure, pre.code { break-inside:avoid; } .outputs { overflow:visible; }
  a { color:inherit; text-decoration:none; } .number { position:static; width:auto; text-align:left; }
  * { print-color-adjust:exact; -webkit-print-color-adjust:exact; }
}
`;
