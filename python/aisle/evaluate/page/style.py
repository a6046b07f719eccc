"""The look of the page: light and dark, from a telephone to a wide screen."""

STYLE = """
:root{color-scheme:light dark;--bg:#fbfbf9;--card:#ffffff;--ink:#1b1b19;--soft:#5f5e5a;
--line:#e3e2dd;
--s1:#2a78d6;--s2:#d4572a;--s3:#16875f;--s4:#7d55c7;--s5:#a87b00;--s6:#77766f;
--hit:#0f7a52;--hitbg:#e2f4ec}
@media (prefers-color-scheme:dark){:root{--bg:#161615;--card:#20201e;--ink:#f1f0ec;--soft:#a9a8a1;
--line:#373734;--s1:#5b9ff0;--s2:#ef835a;--s3:#3fbf91;--s4:#ab8bea;--s5:#d3a93a;--s6:#96958d;
--hit:#5fd6a6;--hitbg:#173a2d}}
*{box-sizing:border-box}
body{margin:0;background:var(--bg);color:var(--ink);
font:16px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,sans-serif}
main{max-width:1360px;margin:0 auto;padding:clamp(16px,3vw,40px)}
h1{font-size:clamp(1.5rem,4vw,2.1rem);line-height:1.2;margin:0 0 .2em}
h2{font-size:1.15rem;margin:2.2em 0 .2em}
h3{font-size:.95rem;margin:0 0 .5em}
p{margin:.2em 0 .9em;max-width:70ch}
.soft,caption,figcaption{color:var(--soft);font-size:.875rem}
.card{background:var(--card);border:1px solid var(--line);border-radius:10px;padding:16px}
.grid{display:grid;gap:16px;grid-template-columns:repeat(auto-fit,minmax(min(100%,330px),1fr))}
.facts{display:grid;gap:8px 28px;grid-template-columns:repeat(auto-fit,minmax(120px,max-content));
margin:1.2em 0;padding:0}
.facts div{display:flex;flex-direction:column-reverse}
.facts dt{color:var(--soft);font-size:.8rem}
.facts dd{margin:0;font-size:1.3rem;font-weight:600;font-variant-numeric:tabular-nums}
.scroll{overflow-x:auto}
table{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums;font-size:.9rem}
caption{text-align:left;padding-bottom:.5em}
th,td{padding:6px 10px;text-align:right;white-space:nowrap;border-bottom:1px solid var(--line)}
th{color:var(--soft);font-weight:500}
tbody tr:last-child>*{border-bottom:0}
th:first-child,td:first-child{text-align:left;color:var(--ink)}
tbody tr:first-child{font-weight:600}
td.best{color:var(--hit)}
td.best::after{content:" ★";font-size:.75em}
figure{margin:0}
figcaption{margin-top:8px}
svg{display:block;width:100%;height:auto;font:12px system-ui,sans-serif}
svg text{fill:var(--soft)}
.axis{stroke:var(--line);stroke-width:1}
.legend{display:flex;flex-wrap:wrap;gap:4px 14px;font-size:.8rem;color:var(--soft);margin:6px 0 0;
padding:0;list-style:none}
.legend i{display:inline-block;width:12px;height:4px;border-radius:2px;margin-right:6px;
vertical-align:middle}
.steps{list-style:none;margin:0;padding:0}
.steps>li{padding:10px 0;border-top:1px solid var(--line)}
.steps>li:first-child{border-top:0;padding-top:0}
.steps b{font-weight:600}
.slate{list-style:none;display:flex;flex-wrap:wrap;gap:6px;margin:6px 0 0;padding:0;font-size:.8rem}
.slate li{border:1px solid var(--line);border-radius:6px;padding:2px 8px;color:var(--soft)}
.slate li.hit{background:var(--hitbg);border-color:var(--hit);color:var(--hit);font-weight:600}
.verdict{font-size:.8rem;color:var(--soft);margin:6px 0 0}
.verdict.hit{color:var(--hit)}
footer{margin-top:3em;color:var(--soft);font-size:.8rem}
"""
