#pragma once

// How the page of a report looks: on screens light or dark as they are set, and on paper.

namespace upgraph::cli {

inline constexpr const char* kReportStyle = R"(
:root{--text:#1f1f1f;--dim:#5f5f5f;--page:#fff;--band:#f4f5f7;--line:#dcdde0;--mark:#6b3fa0;
--good:#1c7c3c;--back:#a85f0c;--bad:#b3261e;--open:#6b3fa0}
@media (prefers-color-scheme:dark){:root{--text:#e6e6e6;--dim:#a9a9a9;--page:#1b1c1e;
--band:#25272a;--line:#3a3d41;--mark:#b99be0;--good:#63c286;--back:#e2a255;--bad:#f2726a;--open:#b99be0}}
body{margin:0;background:var(--page);color:var(--text);font:15px/1.45 system-ui,sans-serif}
main{max-width:1060px;margin:0 auto;padding:1rem 1.2rem 3rem}
h1{font-size:1.4rem;margin:.4rem 0}
h2{font-size:1.1rem;margin:2rem 0 .5rem;border-bottom:1px solid var(--line)}
h3{font-size:1rem;margin:.6rem 0 .2rem}
dl{display:grid;grid-template-columns:max-content 1fr;gap:.15rem 1rem;margin:.5rem 0}
dt{color:var(--dim)}
dd{margin:0;overflow-wrap:anywhere}
.verdict{font-size:1.15rem;font-weight:bold;padding:.5rem .8rem;margin:.5rem 0;
border-left:6px solid currentColor;background:var(--band)}
.good{color:var(--good)}.back{color:var(--back)}.bad{color:var(--bad)}.open{color:var(--open)}
.none{color:var(--dim)}
.wide{overflow-x:auto}
.wide svg{max-width:none}
.note,.legend{color:var(--dim)}
.key{display:inline-block;width:1em;height:.6em;margin-left:.6em}
.key.forward{background:#2f6fb3}.key.looks{background:#3d9a8b}.key.back{background:#c7771a}
.key.bad{background:#c2261c}.key.found{background:#8a8a8a}
.graph .box.is-good{stroke:var(--good);stroke-width:2}.graph .box.is-back{stroke:var(--back);stroke-width:2}
.graph .box.is-bad{stroke:var(--bad);stroke-width:3}.graph .box.is-open{stroke:var(--open);stroke-width:2}
.graph .box.is-none{stroke:var(--dim);stroke-width:1}
table{border-collapse:collapse;width:100%;font-size:.85rem;margin:.4rem 0}
th,td{text-align:left;vertical-align:top;padding:.2rem .5rem;border-bottom:1px solid var(--line);
overflow-wrap:anywhere}
th{color:var(--dim);font-weight:normal}
td:first-child{white-space:nowrap}
summary{cursor:pointer;padding:.3rem 0}
.leftover{border-left:4px solid var(--bad);padding-left:.8rem;margin:.8rem 0}
pre,code{font-family:ui-monospace,Menlo,Consolas,"DejaVu Sans Mono",monospace;font-size:.85em}
pre{background:var(--band);padding:.5rem .7rem;white-space:pre-wrap;overflow-wrap:anywhere}
@media print{main{max-width:none;padding:0}.wide{overflow:visible}
.wide svg{max-width:100%;height:auto}section{break-inside:auto}
tr,article{break-inside:avoid}h2{break-after:avoid}
body{-webkit-print-color-adjust:exact;print-color-adjust:exact}}
)";

}  // namespace upgraph::cli
