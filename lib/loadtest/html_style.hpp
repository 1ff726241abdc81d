#pragma once
// The style sheet of a load test's report. Constant data.
#include <string_view>

namespace feedctl::loadtest {

inline constexpr std::string_view html_style = R"css(
:root{color-scheme:light dark;--bg:#fff;--fg:#1b2027;--soft:#57606a;--line:#d5dae0;--card:#f5f7f9;
--good:#14622f;--good-bg:#e3f5e8;--bad:#a01c22;--bad-bg:#fdeaea;--warm:#8a949f33;--fault:#d9363e33;
--s0:#1f5fbf;--s1:#a85300;--s2:#c0262d;--s3:#7a3fb0;--s4:#1d7a3e;--s5:#0b7285}
@media (prefers-color-scheme:dark){:root{--bg:#14171c;--fg:#e6e9ed;--soft:#a3adba;--line:#363d47;
--card:#1d2229;--good:#8fe3a8;--good-bg:#16331f;--bad:#ff9da1;--bad-bg:#3d1a1d;--warm:#a3adba2e;
--fault:#ff7a8038;--s0:#7ab2ff;--s1:#ffb454;--s2:#ff7a80;--s3:#c8a2ff;--s4:#6fd58f;--s5:#5fd0e0}}
*{box-sizing:border-box}
body{margin:0;background:var(--bg);color:var(--fg);font:16px/1.5 system-ui,sans-serif}
main{max-width:1120px;margin:0 auto;padding:20px 16px 48px}
h1{font-size:1.5rem;line-height:1.25;margin:0 0 4px}h2{font-size:1.15rem;margin:32px 0 10px}
h1,p,td,th,dd,li{overflow-wrap:anywhere}
.soft{color:var(--soft);margin:0}
.verdict{margin:16px 0;padding:12px 16px;border-radius:8px;background:var(--card);font-weight:600}
.verdict.good{background:var(--good-bg);color:var(--good)}
.verdict.bad,.warning{background:var(--bad-bg);color:var(--bad)}
.warning{margin:8px 0;padding:10px 16px;border-radius:8px}
.tiles{display:grid;grid-template-columns:repeat(auto-fit,minmax(140px,1fr));gap:10px;margin:16px 0}
.tiles div{background:var(--card);border-radius:8px;padding:10px 14px}
.tiles dt{color:var(--soft);font-size:.85rem}
.tiles dd{margin:0;font-size:1.3rem;font-weight:600;font-variant-numeric:tabular-nums}
.charts{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,480px),1fr));gap:24px}
figure{margin:0;min-width:0}
figcaption h3{font-size:1rem;margin:0}
figcaption p,.legend{color:var(--soft);font-size:.875rem;margin:2px 0 0}
.legend{display:flex;flex-wrap:wrap;gap:2px 16px;padding:0;list-style:none}
svg{display:block;width:100%;height:auto;overflow:visible}
svg.key{display:inline-block;width:28px;height:10px;margin-right:6px;vertical-align:middle}
svg text{font-size:14px;fill:var(--soft);font-variant-numeric:tabular-nums}
.grid{stroke:var(--line);fill:none}
.s0,.s1,.s2,.s3,.s4,.s5{fill:none;stroke-width:2;stroke-linejoin:round;stroke-linecap:round}
.s0{stroke:var(--s0)}.s1{stroke:var(--s1);stroke-dasharray:7 4}
.s2{stroke:var(--s2)}.s3{stroke:var(--s3);stroke-dasharray:2 4}
.s4{stroke:var(--s4)}.s5{stroke:var(--s5);stroke-dasharray:10 3 2 3}
.solid path{stroke-dasharray:none}
.warm-up{fill:var(--warm)}.fault{fill:var(--fault)}
.wide{overflow-x:auto;border:1px solid var(--line);border-radius:8px}
.wide:focus-visible{outline:2px solid var(--s0);outline-offset:2px}
table{border-collapse:collapse;width:100%;font-size:.9rem;font-variant-numeric:tabular-nums}
caption{text-align:left;color:var(--soft);padding:8px 12px 4px}
th,td{padding:6px 12px;text-align:right;white-space:nowrap;border-top:1px solid var(--line)}
th:first-child,td:first-child,td.text,th.text{text-align:left}
td.text{white-space:normal;min-width:12em}
tbody th{font-weight:400}tr.sum>*{font-weight:600}
summary{cursor:pointer;padding:6px 0}
@media (max-width:560px){body{font-size:15px}svg text{font-size:20px}th,td{padding:6px 9px}
.tiles{grid-template-columns:1fr 1fr}}
)css";

}  // namespace feedctl::loadtest
