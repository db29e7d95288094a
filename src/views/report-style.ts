/** The report's style sheet: system fonts, dark and light by the reader's setting, and a layout that prints. */
export const REPORT_STYLE = `
:root{color-scheme:light dark;--bg:#fff;--card:#fff;--sunk:#f6f8fa;--line:#d8dee4;--text:#1f2328;--soft:#59636e;--good:#1a7f37;--bad:#cf222e;--warn:#9a6700;--busy:#0969da;--idle:#8c959f;--goodbg:#dafbe1;--badbg:#ffebe9;--warnbg:#fff8c5;--busybg:#ddf4ff;--mono:ui-monospace,SFMono-Regular,"SF Mono",Menlo,Consolas,"Noto Sans Mono","DejaVu Sans Mono","Liberation Mono",monospace}
@media (prefers-color-scheme:dark){:root{--bg:#0d1117;--card:#0d1117;--sunk:#151b23;--line:#30363d;--text:#e6edf3;--soft:#9198a1;--good:#3fb950;--bad:#f85149;--warn:#d29922;--busy:#58a6ff;--idle:#656c76;--goodbg:#12261e;--badbg:#2a1618;--warnbg:#272115;--busybg:#121d2f}}
*{box-sizing:border-box}
html{scroll-behavior:smooth;scroll-padding-top:3.5rem;-webkit-text-size-adjust:100%}
body{margin:0;background:var(--bg);color:var(--text);font:15px/1.55 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",sans-serif;overflow-wrap:anywhere}
main,header>div,nav>div{max-width:1060px;margin:0 auto;padding:0 1.5rem}
i{font-style:normal}
a{color:var(--busy);text-decoration:none}a:hover{text-decoration:underline}
code,pre,.m{font-family:var(--mono);font-size:.86em}
code{background:var(--sunk);border-radius:4px;padding:.1em .35em}
pre{background:var(--sunk);border:1px solid var(--line);border-radius:8px;margin:.6rem 0;padding:.75rem 1rem;overflow:auto;max-height:32rem;line-height:1.5;white-space:pre;overflow-wrap:normal}
header{border-top:5px solid var(--idle);padding:2.4rem 0 1.5rem}
header.done{border-color:var(--good)}header.failed{border-color:var(--bad)}header.paused{border-color:var(--warn)}header.running{border-color:var(--busy)}
h1{font-size:1.75rem;line-height:1.25;letter-spacing:-.015em;margin:.35rem 0 .4rem;font-weight:650}
h2{font-size:1.15rem;font-weight:650;letter-spacing:-.005em;margin:2.6rem 0 .8rem}
h2 small{font-weight:400;color:var(--soft);font-size:.85rem;margin-left:.5rem}
.over{color:var(--soft);font-size:.85rem;letter-spacing:.01em}
.sub{color:var(--soft);margin:0 0 1rem;max-width:60rem}
.facts{display:flex;flex-wrap:wrap;gap:.35rem 1.4rem;margin:1rem 0 0;padding:0;list-style:none;font-size:.85rem;color:var(--soft)}
.facts b{font-weight:500;color:var(--text)}
nav{position:sticky;top:0;background:var(--bg);border-bottom:1px solid var(--line);z-index:1;font-size:.875rem}
nav>div{display:flex;gap:1.25rem;overflow-x:auto;padding-top:.6rem;padding-bottom:.6rem;white-space:nowrap}
nav a{color:var(--soft)}
.strip{display:flex;flex-wrap:wrap;gap:.35rem;margin:1.4rem 0 0}
.strip a{border:1px solid var(--line);border-radius:999px;padding:.12rem .7rem;font-size:.82rem;color:var(--text)}
.strip a:hover{text-decoration:none;border-color:currentColor}
.mk{font-family:system-ui,sans-serif;font-weight:600;font-variant-emoji:text}
.mk.done{color:var(--good)}.mk.failed{color:var(--bad)}.mk.paused{color:var(--warn)}.mk.running{color:var(--busy)}.mk.waiting{color:var(--idle)}
.card{border:1px solid var(--line);border-radius:10px;background:var(--card);overflow:hidden}
.row{padding:.7rem 1rem;border-top:1px solid var(--line);display:grid;grid-template-columns:12.5rem 1fr;gap:.2rem 1rem}
.row:first-child{border-top:0}
.row.failed{background:linear-gradient(90deg,var(--badbg),transparent 70%)}
.row>.n{font-weight:550;padding-left:1.4em;text-indent:-1.4em}.row>.n .mk{display:inline-block;width:1.4em;text-indent:0}
.quiet{color:var(--soft)}
.why{margin:0;padding:0;list-style:none}.why li+li{margin-top:.55rem}
.why .c{color:var(--bad);font-family:var(--mono);font-size:.82em;margin-right:.5em}
.ev{display:flex;flex-wrap:wrap;gap:.3rem;margin-top:.15rem}.ev>*{font:.75rem var(--mono);color:var(--soft);background:var(--sunk);border-radius:4px;padding:0 .4em;max-width:100%;overflow:hidden;text-overflow:ellipsis}
.more{border:0;margin-top:.55rem}.more>summary{display:inline-block;padding:0 1.6rem 0 0;color:var(--busy)}.more>summary:hover{background:none}.more>summary::after{right:.3rem;top:0;color:inherit}.more>ul{padding-top:.55rem}
.fix{color:var(--soft);font-size:.87rem}
.next{margin:.9rem 0 0;padding:.8rem 1rem;border-radius:10px;background:var(--warnbg);list-style:none}.next li{display:flex;flex-wrap:wrap;gap:.1rem .8rem}.next b{font-weight:600;font-size:.85rem;color:var(--soft)}.next li+li{margin-top:.3rem}.next code{background:none;padding:0;font-weight:600}
.tl{border:1px solid var(--line);border-radius:10px;padding:.8rem 1rem .5rem}
.tl>div{display:grid;grid-template-columns:9.5rem 1fr 5rem;gap:.8rem;align-items:center;font-size:.85rem}
.tl .n{white-space:nowrap;overflow:hidden;text-overflow:ellipsis}.tl .d{text-align:right;white-space:nowrap;color:var(--soft);font-variant-numeric:tabular-nums}
.tl svg{display:block;width:100%;height:22px}
.tl .grid{stroke:var(--line)}.tl .bar{fill:var(--idle)}.tl .bar.done{fill:var(--good)}.tl .bar.failed{fill:var(--bad)}.tl .bar.paused{fill:var(--warn)}.tl .bar.running{fill:var(--busy)}
.axis span{display:flex;justify-content:space-between;color:var(--soft);font-size:.75rem;font-variant-numeric:tabular-nums}
details{border-top:1px solid var(--line)}.card>details:first-child{border-top:0}
summary{cursor:pointer;position:relative;padding:.65rem 2.4rem .65rem 1rem;display:flex;flex-wrap:wrap;gap:.15rem .8rem;align-items:baseline;list-style:none}
summary::-webkit-details-marker{display:none}summary::after{content:"+";position:absolute;right:1rem;top:.65rem;color:var(--soft);font-family:var(--mono)}details[open]>summary::after{content:"−"}
summary:hover{background:var(--sunk)}summary b{font-weight:600}
.in{padding:.1rem 1rem 1rem}
dl{display:grid;grid-template-columns:max-content 1fr;gap:.2rem 1.2rem;margin:.2rem 0;font-size:.9rem}dt{color:var(--soft)}dd{margin:0}
.th{border-top:1px solid var(--line);padding:.6rem 1rem;border-left:3px solid transparent}.th:first-child{border-top:0}.th.open{border-left-color:var(--warn)}
.th .th{border:0;border-left:2px solid var(--line);margin:.35rem 0 0 .2rem;padding:.1rem 0 .1rem .9rem}
.th p{margin:.1rem 0;white-space:pre-wrap}.hd{font-size:.85rem;color:var(--soft)}.hd b{color:var(--text);font-weight:600}
.tag{font-size:.75rem;border-radius:999px;padding:0 .55em;background:var(--sunk);color:var(--soft)}.tag.open{background:var(--warnbg);color:var(--warn)}.tag.done{background:var(--goodbg);color:var(--good)}.tag.bad{background:var(--badbg);color:var(--bad)}
.an{border-left:2px solid var(--good);padding-left:.8rem;margin-top:.3rem!important}
.log{font:.8rem/1.6 var(--mono);padding:.5rem 0;max-height:36rem;overflow:auto}.log div{display:grid;grid-template-columns:3.6rem 4.6rem 1fr;gap:.8rem;padding:0 1rem}.log div:target,.th:target,.row:target,details:target{background:var(--busybg)}
.log .s,.log .t{color:var(--soft);text-align:right;font-variant-numeric:tabular-nums}.log .t{text-align:left}.log .x{color:var(--bad)}
.add{color:var(--good)}.del{color:var(--bad)}.hun{color:var(--busy)}.file{font-weight:600}
footer{margin:3rem 0 2rem;color:var(--soft);font-size:.82rem}
@media (max-width:640px){body{font-size:14px}main,header>div,nav>div{padding-left:1rem;padding-right:1rem}h1{font-size:1.4rem}.row{grid-template-columns:1fr}.tl>div{grid-template-columns:2.6rem 1fr 4.6rem;gap:.5rem;font-size:.78rem}.tl .n i,.axis i:nth-child(even){display:none}.log div{grid-template-columns:3rem 1fr}.log .t{display:none}dl{grid-template-columns:1fr}dt{margin-top:.3rem}}
@media print{:root{--bg:#fff;--text:#000;--sunk:#f4f4f4;--card:#fff}body{font-size:10pt}nav{display:none}pre,.log{max-height:none;white-space:pre-wrap}.row,.th,tr{break-inside:avoid}h2{break-after:avoid}details:not(.later)::details-content{content-visibility:visible;block-size:auto}.diff{display:none}footer::after{content:" Printed without diffs, and with what holds nothing open folded."}summary::after{display:none}a{color:inherit}}
`.trim();
