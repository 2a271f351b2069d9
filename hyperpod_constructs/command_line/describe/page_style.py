"""Style of the HTML page, for light and dark, wide and narrow windows."""

STYLE = """
:root {
  color-scheme: light dark;
  --page: #f6f7f9; --card: #ffffff; --text: #16191f; --quiet: #545b64; --line: #c9ced6;
  --nodes: #eaf3ff; --group: #0b63c4; --storage: #2c6e1f; --network: #6b3fa0; --service: #9a4a00;
  --error: #b3261e; --warning: #8a5a00;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #0f141a; --card: #1a212b; --text: #e9ebee; --quiet: #a4adb8; --line: #3b4654;
    --nodes: #14243a; --group: #6cb2ff; --storage: #7fcf6d; --network: #c4a1f5; --service: #ffb066;
    --error: #ff8a80; --warning: #ffcf66;
  }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--text);
  font: 16px/1.45 system-ui, -apple-system, "Segoe UI", sans-serif; }
main { max-width: 72rem; margin: 0 auto; padding: 1.5rem 1rem; }
main + main { border-top: 2px solid var(--line); }
h1 { margin: 0; font-size: 1.6rem; overflow-wrap: anywhere; }
h2 { font-size: 1.1rem; margin: 1.75rem 0 .5rem; }
h3 { font-size: .85rem; margin: 0 0 .5rem; color: var(--quiet); font-weight: 600;
  overflow-wrap: anywhere; }
header p { margin: .25rem 0; color: var(--quiet); overflow-wrap: anywhere; }
small { display: block; color: var(--quiet); overflow-wrap: anywhere; }
.drawing { display: flex; align-items: stretch; gap: .5rem; margin-top: 1.25rem; }
.nodes { flex: 3 1 0; min-width: 0; padding: 1rem; border: 2px solid var(--group);
  border-radius: .75rem; background: var(--nodes); }
.zone + .zone { margin-top: 1rem; padding-top: 1rem; border-top: 1px dashed var(--line); }
.groups { display: grid; gap: .6rem; grid-template-columns: repeat(auto-fill, minmax(9.5rem, 1fr)); }
.among { margin: .75rem 0 0; font-size: .85rem; color: var(--quiet); }
.side { flex: 3 1 0; min-width: 0; display: flex; flex-direction: column; gap: .6rem;
  justify-content: center; }
.link { display: flex; align-items: center; gap: .4rem; }
.box { background: var(--card); border: 1px solid var(--line); border-left: 4px solid var(--line);
  border-radius: .5rem; padding: .5rem .7rem; min-width: 0; overflow-wrap: anywhere; }
.link .box { flex: 1 1 0; }
.box.group { border-left-color: var(--group); }
.box.storage { border-left-color: var(--storage); }
.box.network { border-left-color: var(--network); }
.box.service { border-left-color: var(--service); }
.arrow { flex: 0 0 8rem; font-size: .78rem; color: var(--quiet); text-align: center;
  padding-bottom: .25rem; border-bottom: 2px solid var(--quiet); position: relative;
  min-height: 1.5rem; }
.arrow::after { content: ""; position: absolute; right: -2px; bottom: -6px;
  border: 5px solid transparent; border-left: 8px solid var(--quiet); border-right: 0; }
.sources .link { flex-direction: row-reverse; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-size: .9rem; }
th, td { text-align: left; padding: .4rem .6rem; border-bottom: 1px solid var(--line);
  vertical-align: top; }
th { color: var(--quiet); font-weight: 600; white-space: nowrap; }
dl { display: grid; grid-template-columns: minmax(8rem, max-content) 1fr; gap: .3rem 1rem;
  margin: 0; }
dt { font-weight: 600; overflow-wrap: anywhere; max-width: 30rem; }
dd { margin: 0; overflow-wrap: anywhere; }
summary { cursor: pointer; overflow-wrap: anywhere; }
details + details { margin-top: .5rem; }
li { overflow-wrap: anywhere; }
pre { background: var(--card); border: 1px solid var(--line); border-radius: .5rem;
  padding: .6rem .8rem; margin: 0; white-space: pre-wrap; overflow-wrap: anywhere; }
.problems { list-style: none; padding: 0; margin: 1rem 0 0; }
.problems li { border-left: 4px solid var(--warning); background: var(--card);
  padding: .5rem .7rem; margin-bottom: .4rem; }
.problems .error { border-left-color: var(--error); }
.problems b { color: var(--warning); }
.problems .error b { color: var(--error); }
@media (max-width: 50rem) {
  .drawing { flex-direction: column; }
  .nodes, .side { flex: none; }
  .link, .sources .link { flex-direction: column; align-items: stretch; gap: .2rem; }
  .sources .link { flex-direction: column-reverse; }
  .arrow { flex: none; border-bottom: 0; text-align: left; padding: 0 0 0 1.4rem; min-height: 1.2rem; }
  .arrow::after { left: .4rem; right: auto; bottom: 2px; border: 5px solid transparent;
    border-top: 8px solid var(--quiet); border-bottom: 0; }
  .link .box { flex: none; }
  dl { grid-template-columns: 1fr; gap: 0; }
  dd { margin-bottom: .5rem; color: var(--quiet); }
}
@media print { body { background: none; } }
"""
