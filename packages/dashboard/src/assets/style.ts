/** The style sheet. Colours never stand alone: every state also has a mark or a word. */
export const style = `
:root {
  color-scheme: light dark;
  --back: #fcfcfb; --panel: #ffffff; --line: #e3e2de; --text: #20201d; --soft: #63625c;
  --link: #1d5a96; --focus: #1d5a96;
  --good: #1f6f43; --good-back: #d9eee0; --bad: #a8261b; --bad-back: #fbe1de;
  --warn: #7a5200; --warn-back: #fbeecb; --busy: #1d5a96; --busy-back: #dcebf8;
  --quiet-back: #efeeea; --ok-cell: #5aa57c; --late-cell: #e2b64d; --shadow: 0 1px 2px rgb(0 0 0 / 4%);
}
@media (prefers-color-scheme: dark) {
  :root {
    --back: #161715; --panel: #1d1f1c; --line: #33352f; --text: #e9e8e3; --soft: #a3a29a;
    --link: #8fc1f0; --focus: #8fc1f0;
    --good: #86d3a5; --good-back: #1c3a29; --bad: #ff9d92; --bad-back: #4b201c;
    --warn: #f0c76a; --warn-back: #40320f; --busy: #8fc1f0; --busy-back: #1c3550;
    --quiet-back: #282a26; --ok-cell: #2f7d54; --late-cell: #8f6c16; --shadow: none;
  }
}
*, ::before, ::after { box-sizing: border-box; }
body {
  margin: 0; background: var(--back); color: var(--text);
  font: 15px/1.5 system-ui, -apple-system, "Segoe UI", "Helvetica Neue", "DejaVu Sans", sans-serif;
  font-variant-numeric: tabular-nums; overflow-wrap: break-word;
}
header, main, footer { max-width: 86rem; margin: 0 auto; padding: 0 1rem; }
header { display: flex; flex-wrap: wrap; gap: 0 1.5rem; align-items: baseline; padding-top: .9rem; padding-bottom: .6rem; }
.brand { font-weight: 650; letter-spacing: -.01em; color: var(--text); text-decoration: none; }
nav { display: flex; flex-wrap: wrap; gap: .25rem; }
header nav a { padding: .25rem .6rem; border-radius: .4rem; color: var(--soft); text-decoration: none; }
header nav a[aria-current] { background: var(--quiet-back); color: var(--text); font-weight: 600; }
main { padding-bottom: 2rem; outline: none; }
footer { display: flex; flex-wrap: wrap; gap: 0 1rem; justify-content: space-between; color: var(--soft); font-size: .87rem; padding-bottom: 1.5rem; }
h1 { font-size: 1.5rem; line-height: 1.25; letter-spacing: -.015em; margin: .8rem 0 .4rem; }
h2 { font-size: 1.05rem; margin: 0 0 .5rem; }
section { margin: 1.4rem 0; min-width: 0; }
a { color: var(--link); text-underline-offset: .15em; text-decoration-thickness: from-font; }
a:hover { text-decoration-thickness: 2px; }
:focus-visible { outline: 2px solid var(--focus); outline-offset: 2px; border-radius: .2rem; }
[hidden] { display: none !important; }
.skip { position: absolute; left: -100rem; }
.skip:focus { left: 1rem; top: .5rem; background: var(--panel); padding: .3rem .6rem; z-index: 3; }
.hidden { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
.lead, .crumbs, .empty, small, .none { color: var(--soft); }
.lead { margin: 0 0 1rem; }
.crumbs { margin: .8rem 0 -.6rem; }
small { font-size: .87em; }
.error { color: var(--bad); }
pre { white-space: pre-wrap; overflow-wrap: anywhere; background: var(--panel); border: 1px solid var(--line); border-radius: .5rem; padding: .7rem .9rem; margin: 0 0 1rem; font: .87rem/1.5 ui-monospace, "DejaVu Sans Mono", monospace; }
.headline { display: flex; flex-wrap: wrap; gap: .2rem .7rem; align-items: baseline; margin: .6rem 0 1rem; padding: .7rem .9rem; border: 1px solid var(--line); border-left: 4px solid var(--soft); border-radius: .5rem; background: var(--panel); box-shadow: var(--shadow); }
.headline.good { border-left-color: var(--good); } .headline.bad { border-left-color: var(--bad); } .headline.warn { border-left-color: var(--warn); }
.badge { display: inline-flex; gap: .35em; align-items: baseline; padding: .05rem .5rem; border-radius: 1rem; font-size: .87rem; font-weight: 550; white-space: nowrap; background: var(--quiet-back); color: var(--text); }
.badge.good { background: var(--good-back); color: var(--good); } .badge.bad { background: var(--bad-back); color: var(--bad); }
.badge.warn { background: var(--warn-back); color: var(--warn); } .badge.busy { background: var(--busy-back); color: var(--busy); }
.mark { font-weight: 700; }
.columns > .wide { grid-column: 1 / -1; }
.columns { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 26rem), 1fr)); gap: 0 2rem; }
.scroll { overflow-x: auto; border: 1px solid var(--line); border-radius: .5rem; background: var(--panel); box-shadow: var(--shadow); }
table { border-collapse: collapse; width: 100%; font-size: .93rem; }
th, td { padding: .42rem .7rem; text-align: left; vertical-align: baseline; font-weight: inherit; }
tbody th { white-space: nowrap; }
thead th { color: var(--soft); font-size: .82rem; white-space: nowrap; border-bottom: 1px solid var(--line); }
tbody tr + tr > * { border-top: 1px solid var(--line); }
.number { text-align: right; white-space: nowrap; }
time { white-space: nowrap; }
meter { width: 3rem; height: .5rem; vertical-align: middle; margin-left: .3rem; }
.facts { display: flex; flex-wrap: wrap; gap: .6rem 2.2rem; margin: 0 0 1rem; }
.facts div { min-width: 6rem; } dt { color: var(--soft); font-size: .82rem; } dd { margin: 0; }
.toolbar { display: flex; flex-wrap: wrap; gap: .4rem 1.5rem; align-items: center; margin: 0 0 1rem; }
.choice, .button, button { display: inline-block; padding: .28rem .7rem; border: 1px solid var(--line); border-radius: .45rem; background: var(--panel); color: var(--text); text-decoration: none; font: inherit; font-size: .93rem; cursor: pointer; }
.choice[aria-current] { background: var(--text); border-color: var(--text); color: var(--back); }
.button:hover, .choice:hover, button:hover { border-color: var(--soft); }
button.primary { background: var(--link); border-color: var(--link); color: var(--back); font-weight: 600; }
p.toolbar { gap: .4rem; } .scroll + .toolbar, .scroll + p, .plots + .scroll { margin-top: .6rem; } h1 small, h2 small { font-weight: 400; }
form.fields { display: grid; gap: .8rem; max-width: 36rem; }
label { display: grid; gap: .2rem; } label span { font-weight: 550; }
input, textarea, select { font: inherit; color: inherit; background: var(--panel); border: 1px solid var(--soft); border-radius: .4rem; padding: .4rem .6rem; width: 100%; }
.forms { display: flex; flex-wrap: wrap; gap: 0 2rem; }
.search { display: flex; flex-wrap: wrap; gap: .5rem; align-items: end; margin: 0 0 1rem; } .forms .search { flex: 0 1 28rem; } .search label { flex: 1 1 12rem; max-width: 24rem; }
.cell { display: inline-block; width: .85rem; height: 1.15rem; border-radius: .18rem; text-align: center; font: 700 .78rem/1.15rem ui-monospace, "DejaVu Sans Mono", monospace; text-decoration: none; color: var(--text); vertical-align: -.18rem; border: 1px solid transparent; }
.cell.succeeded { background: var(--ok-cell); }
.cell.idle { background: var(--good-back); color: var(--good); }
.cell.items-failed { background: var(--warn-back); color: var(--bad); border-color: var(--bad); }
.cell.late { background: var(--late-cell); } .cell.caught-up { background: var(--warn-back); color: var(--warn); border-color: var(--warn); }
.cell.taken-over { background: var(--busy-back); color: var(--busy); }
.cell.running { background: var(--busy); color: var(--back); }
.cell.failed { background: var(--bad); color: var(--back); }
.cell.owed { background: var(--bad-back); color: var(--bad); border: 2px dashed var(--bad); line-height: .95rem; }
.cell.skipped { background: var(--quiet-back); color: var(--soft); border-color: var(--soft); }
.cell.unrecorded { background: var(--quiet-back); } .cell.ahead { border: 1px dotted var(--soft); }
.matrix { width: auto; min-width: 100%; border-collapse: separate; border-spacing: 0; }
.matrix td { padding: 2px 1px; border: 0; text-align: center; min-width: .95rem; line-height: 1; vertical-align: middle; }
.matrix thead td { position: sticky; left: 0; background: var(--panel); z-index: 2; }
.matrix thead th { padding: .35rem .2rem; font-size: .78rem; border-left: 1px solid var(--line); }
.matrix tbody th { position: sticky; left: 0; background: var(--panel); z-index: 1; white-space: nowrap; padding: 2px .8rem 2px .7rem; border: 0; vertical-align: middle; }
.matrix tbody tr:hover > * { background: var(--quiet-back); }
.matrix .cell { display: block; width: auto; min-width: .85rem; }
.matrix td.now { box-shadow: inset 2px 0 0 var(--link); } .matrix th.now { color: var(--link); font-weight: 650; }
.legend { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 19rem), 1fr)); gap: .25rem 1.5rem; padding: 0; margin: 1rem 0; list-style: none; font-size: .87rem; color: var(--soft); }
.legend li { display: flex; gap: .5rem; align-items: flex-start; } .legend .cell { flex: none; margin-top: .08rem; } .legend b { color: var(--text); font-weight: 600; }
.plots { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 20rem), 1fr)); gap: 1rem; }
figure { margin: 0; border: 1px solid var(--line); border-radius: .5rem; background: var(--panel); padding: .7rem .9rem; min-width: 0; }
figcaption { display: flex; flex-wrap: wrap; justify-content: space-between; gap: 0 1rem; font-size: .87rem; color: var(--soft); } figcaption b { color: var(--text); font-weight: 600; }
figure svg { display: block; width: 100%; height: 5rem; margin-top: .4rem; }
.plot-bar { fill: var(--ok-cell); } .plot-bar.bad { fill: var(--bad); } .plot-axis { stroke: var(--line); stroke-width: 1; }
.steps { display: flex; flex-wrap: wrap; gap: .25rem; list-style: none; padding: 0; margin: 0; }
.steps li { padding: 0 .45rem; border-radius: .3rem; font-size: .82rem; color: var(--soft); border: 1px solid var(--line); }
.steps li[aria-current] { background: var(--busy-back); color: var(--busy); border-color: var(--busy); font-weight: 600; }
.hit > * { background: var(--warn-back); }
@media (max-width: 40rem) { body { font-size: 14px; } th, td { padding: .35rem .5rem; } .matrix tbody th { max-width: 8.5rem; overflow: hidden; text-overflow: ellipsis; } }
@media (prefers-reduced-motion: no-preference) { a, button { transition: border-color .12s, background-color .12s; } }
`;
