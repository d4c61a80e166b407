/** The style of a page, without the places of the map's tiles. Its colours are chosen for a contrast of 4.5 and more. */
export const PAGE_STYLE = `
:root{color-scheme:light dark;--paper:#fff;--ink:#16202a;--soft:#56646f;--line:#e1e6ea;--faint:#f4f6f8;--accent:#1f6a99;--less:#9a6a1c;--warn:#8a4b00;
--a0:#2f729f;--i0:#fff;--a1:#8fbcdc;--i1:#0d2030;--a2:#b7d4e8;--i2:#0d2030;--a3:#d5e4ee;--i3:#16202a;--a4:#e9eef1;--i4:#16202a;--ax:#f1f1ee;--ix:#3c4650}
@media (prefers-color-scheme:dark){:root{--paper:#12171c;--ink:#e4eaef;--soft:#9aa8b3;--line:#2a333b;--faint:#1a2127;--accent:#7dbfee;--less:#dcae62;--warn:#f0b866;
--a0:#5b9fce;--i0:#07131c;--a1:#336f9a;--i1:#fff;--a2:#27557a;--i2:#fff;--a3:#233f55;--i3:#e4eaef;--a4:#232d35;--i4:#d5dde4;--ax:#2b2d2e;--ix:#d0d4d7}}
*{box-sizing:border-box}
html{-webkit-text-size-adjust:100%}
body{margin:0 auto;max-width:1120px;padding:32px 28px 56px;background:var(--paper);color:var(--ink);font:15px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Liberation Sans",sans-serif;font-variant-numeric:tabular-nums}
h1{margin:0;font-size:30px;line-height:1.2;font-weight:650;letter-spacing:-.01em;overflow-wrap:anywhere}
h2{margin:0 0 2px;font-size:19px;font-weight:640}
p{margin:6px 0}
a{color:var(--accent);text-decoration-thickness:1px;text-underline-offset:2px}
a:focus-visible,summary:focus-visible,[tabindex]:focus-visible{outline:2px solid var(--accent);outline-offset:2px}
section{margin-top:44px}
section>p:first-of-type,.lead{color:var(--soft);margin:0 0 14px}
.where{color:var(--soft);margin:4px 0 0}
.state{white-space:nowrap}
.state::before{content:"";display:inline-block;width:8px;height:8px;border-radius:50%;background:var(--accent);margin:0 6px 1px 0}
.state.late::before{background:var(--warn)}
.state.late,.warn{color:var(--warn)}
.none{color:var(--soft)}
.figures{display:grid;grid-template-columns:repeat(auto-fit,minmax(158px,1fr));gap:18px 28px;margin:28px 0 8px;padding:20px 0;border-top:1px solid var(--line);border-bottom:1px solid var(--line)}
.figures dt{color:var(--soft);font-size:13px}
.figures dd{margin:0}
.figures .big{font-size:25px;line-height:1.25;font-weight:620;letter-spacing:-.01em}
.figures .more{color:var(--soft);font-size:13px}
.wide{overflow-x:auto;margin:8px 0}
table{border-collapse:collapse;width:100%}
th,td{padding:5px 0 5px 22px;text-align:right;white-space:nowrap;border-bottom:1px solid var(--line);font-weight:400;vertical-align:baseline}
th:first-child{padding-left:0;text-align:left;white-space:normal;overflow-wrap:anywhere;min-width:130px}
th.plain,thead th.plain{text-align:left}
th>em,tbody em{font-style:normal;color:var(--soft);font-size:13px}
thead th,thead td{color:var(--soft);font-size:13px;vertical-align:bottom}
tfoot th,tfoot td{border-bottom:0;border-top:1px solid var(--soft);font-weight:600}
em{color:var(--soft)}
.bars{width:26%;min-width:110px}
.bar{display:block;width:100%;height:11px;overflow:visible;position:relative;top:1px}
.bar rect{fill:var(--accent)}
.bar .less{fill:var(--less)}
.bar line{stroke:var(--soft);stroke-width:1}
details{margin:8px 0}
summary{cursor:pointer;color:var(--soft);font-size:13px;width:fit-content}
summary:hover{color:var(--accent)}
pre{margin:8px 0;padding:12px 14px;background:var(--faint);border:1px solid var(--line);border-radius:6px;overflow-x:auto;font:12px/1.5 ui-monospace,SFMono-Regular,Menlo,Consolas,"Liberation Mono",monospace;max-height:420px;tab-size:4}
.view{display:none}
.view:target,.view.root{display:block}
.view:target~.root{display:none}
.crumbs{display:flex;flex-wrap:wrap;align-items:baseline;gap:2px 7px;margin:0 0 8px;scroll-margin-top:16px}
.crumbs i{color:var(--soft);font-style:normal}
.crumbs bdi{overflow-wrap:anywhere}
.crumbs .sum{display:flex;flex-wrap:wrap;gap:0 14px;color:var(--soft);margin-left:auto;font-size:13px}
.sum span{white-space:nowrap}
.crumbs .up{margin-left:10px;font-size:13px}
.view{scroll-margin-top:16px}
.map{position:relative;width:100%;aspect-ratio:1.7;background:var(--line);overflow:hidden;border-radius:6px}
.in{position:absolute;inset:24px 3px 3px}
.t{position:absolute;overflow:hidden;container-type:size;border:1px solid var(--paper);text-decoration:none;font-size:13px;line-height:1.25}
.in .t{font-size:12px}
.t>b,.t>small,.head>b,.head>small{display:block;overflow:hidden;text-overflow:ellipsis;white-space:nowrap;padding:0 6px}
.t>b{padding-top:4px;font-weight:600}
.t em{color:inherit;font-weight:400}
.t>small,.head>small{font-size:inherit;opacity:.92}
.t.open{background:var(--faint);color:var(--ink)}
.head{display:flex;justify-content:space-between;gap:6px;height:24px;align-items:center;color:var(--ink);text-decoration:none}
.head>b{font-weight:640}
.head>small{color:var(--soft);opacity:1;flex:none}
.head:hover b,a.t:hover b{text-decoration:underline}
a.t:focus-visible,.head:focus-visible{outline:3px solid var(--ink);outline-offset:-3px}
@container (width<150px){.head>small{display:none}}
@container (width<38px) or (height<21px){.t>b,.head>b{opacity:0}}
@container (width<60px) or (height<40px){.t>small{display:none}}
.a0{background:var(--a0);color:var(--i0)}.a1{background:var(--a1);color:var(--i1)}.a2{background:var(--a2);color:var(--i2)}.a3{background:var(--a3);color:var(--i3)}.a4{background:var(--a4);color:var(--i4)}.ax{background:var(--ax);color:var(--ix)}
.legend{display:flex;flex-wrap:wrap;gap:4px 16px;margin:10px 0;padding:0;list-style:none;color:var(--soft);font-size:13px}
.legend span{display:inline-block;width:14px;height:14px;border-radius:3px;border:1px solid var(--line);vertical-align:-2px;margin-right:6px}
.charts{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,380px),1fr));gap:20px 40px}
figure{margin:0}
figcaption{color:var(--soft);margin-bottom:8px}
figcaption b{color:var(--ink);font-weight:600;margin-right:6px}
.chart{display:grid;grid-template-columns:auto 1fr;gap:6px 10px;color:var(--soft);font-size:12px}
.chart .y{display:flex;flex-direction:column;justify-content:space-between;text-align:right;margin:-8px 0}
.chart .x{grid-column:2;display:flex;justify-content:space-between}
.chart>svg{width:100%;height:170px;overflow:visible}
.grid{stroke:var(--line)}
polyline{fill:none;stroke:var(--accent);stroke-width:2;vector-effect:non-scaling-stroke;stroke-linejoin:round}
polygon{fill:var(--accent);opacity:.12}
circle{fill:var(--paper);stroke:var(--accent);stroke-width:2}
circle:hover{fill:var(--accent)}
footer{margin-top:52px;padding-top:14px;border-top:1px solid var(--line);color:var(--soft);font-size:13px}
#tip{position:fixed;z-index:9;max-width:min(420px,calc(100vw - 16px));padding:6px 10px;border-radius:5px;background:var(--ink);color:var(--paper);font-size:13px;line-height:1.4;overflow-wrap:anywhere;pointer-events:none}
@media (max-width:640px){body{padding:20px 16px 40px}h1{font-size:24px}.figures{grid-template-columns:1fr 1fr;gap:16px 18px}.figures .big{font-size:21px}.map{aspect-ratio:1.05}.crumbs .sum{margin-left:0;width:100%}.bars,thead th:first-child{display:none}tr{display:grid;border-bottom:1px solid var(--line);padding:6px 0}th,td,tfoot th,tfoot td{border:0;padding:0 0 0 4px;min-width:0}tbody td,tfoot td,th.plain{font-size:13px}thead tr{padding:0 0 2px}tfoot tr{border:0}
tbody th:first-child,tfoot th:first-child{grid-column:1/-1}td:nth-child(2),th:nth-child(2){padding-left:0}td,thead th{text-align:right}.n3 tr{grid-template-columns:2fr 1fr 1fr}.n4 tr{grid-template-columns:repeat(4,1fr)}.n5 tr{grid-template-columns:repeat(5,1fr)}}
@media print{body{max-width:none;padding:0}.map,.bar rect,.legend span{print-color-adjust:exact;-webkit-print-color-adjust:exact}section{break-inside:avoid}}
`
