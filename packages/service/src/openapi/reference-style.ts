/** The style of the reference page. System fonts, light and dark, and nothing to fetch. */
export const STYLE = `
:root {
  color-scheme: light dark;
  --text: light-dark(#1c2330, #e3e7ee); --soft: light-dark(#5b6577, #98a3b5); --line: light-dark(#e3e7ee, #2a3140);
  --back: light-dark(#fff, #12161e); --raised: light-dark(#f6f8fb, #1a202b); --accent: light-dark(#2457c5, #8ab4ff);
  --get: light-dark(#0a6e4f, #5fd3a6); --post: light-dark(#2457c5, #8ab4ff); --put: light-dark(#8a5a00, #f0c060);
  --delete: light-dark(#b3261e, #ff9a91); --code-back: #161b26; --code-text: #dfe6f3;
  --mono: ui-monospace, SFMono-Regular, Menlo, Consolas, "Liberation Mono", monospace;
}
* { box-sizing: border-box; }
html { scroll-padding-top: 1.5rem; }
body { margin: 0; color: var(--text); background: var(--back); font: 16px/1.6 system-ui, "Segoe UI", Roboto, "Noto Sans", sans-serif; }
a { color: var(--accent); text-decoration: none; } a:hover, p a { text-decoration: underline; }
.skip { position: absolute; left: -100vw; } .skip:focus { position: fixed; inset: .5rem auto auto .5rem; z-index: 1; }
.up { display: none; position: fixed; right: 1rem; bottom: 1rem; } .skip, .up { padding: .4rem .9rem; border: 1px solid var(--line); border-radius: 6px; background: var(--raised); }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; border-radius: 3px; }
code { font: .875em/1.5 var(--mono); background: var(--raised); border-radius: 4px; padding: .1em .3em; overflow-wrap: anywhere; }
pre { margin: 0; padding: 1rem; white-space: pre-wrap; overflow-wrap: anywhere; font: 13px/1.6 var(--mono); color: var(--code-text); background: var(--code-back); border-radius: 8px; }
nav { position: fixed; inset: 0 auto 0 0; width: 17.5rem; overflow-y: auto; padding: 1.5rem 1rem 3rem; border-right: 1px solid var(--line); background: var(--raised); font-size: .875rem; }
nav h2 { margin: 1.4rem .4rem .3rem; font-size: .75rem; letter-spacing: .06em; text-transform: uppercase; color: var(--soft); }
nav a { display: flex; gap: .5rem; align-items: baseline; padding: .15rem .4rem; border-radius: 5px; color: var(--text); line-height: 1.4; }
nav a span:last-child { overflow-wrap: anywhere; min-width: 0; }
nav h2 a { padding: 0; color: inherit; }
nav a:hover { background: var(--line); text-decoration: none; }
nav .name { font-weight: 700; font-size: 1.05rem; }
nav .method { flex: 0 0 3.1rem; font-size: .7rem; }
main { margin-left: 17.5rem; padding: 2.5rem clamp(1rem, 4vw, 4rem) 6rem; max-width: 92rem; }
h1 { margin: 0 0 .3rem; font-size: 2.1rem; line-height: 1.2; letter-spacing: -.02em; }
h2 { margin: 4rem 0 .4rem; font-size: 1.5rem; letter-spacing: -.01em; }
.intro h2 { margin: 2rem 0 .4rem; font-size: 1.1rem; }
h4 { margin: 1.6rem 0 .3rem; font-size: .8rem; letter-spacing: .05em; text-transform: uppercase; color: var(--soft); }
p { margin: .5rem 0; } ul { margin: .5rem 0; padding-left: 1.3rem; }
.intro, .part { max-width: 46rem; } .intro pre { margin: .8rem 0; }
.soft { color: var(--soft); }
.method { font: 700 .75rem/1 var(--mono); text-transform: uppercase; }
.get { color: var(--get); } .post { color: var(--post); } .put, .patch { color: var(--put); } .delete { color: var(--delete); }
article { display: grid; grid-template-columns: minmax(0, 1.1fr) minmax(0, 1fr); gap: 0 2.5rem; padding: 2rem 0 2.5rem; border-top: 1px solid var(--line); }
article > header { grid-column: 1 / -1; }
article h3 { margin: 0; font-size: 1.25rem; }
.route { margin: .2rem 0 .4rem; font: .95rem/1.5 var(--mono); overflow-wrap: anywhere; }
.needs { margin: .8rem 0 0; padding: .5rem .8rem; border-left: 3px solid var(--accent); background: var(--raised); border-radius: 0 6px 6px 0; font-size: .92rem; }
.samples { display: flex; flex-direction: column; gap: .4rem; }
.samples section { position: sticky; top: 1.5rem; }
dl { margin: 0; border: 1px solid var(--line); border-radius: 8px; }
dt { padding: .6rem .9rem 0; font: 600 .875rem/1.5 var(--mono); overflow-wrap: anywhere; } dt:not(:first-child) { border-top: 1px solid var(--line); }
dt span { font-weight: 400; color: var(--soft); } dt .required { color: var(--delete); font: 600 .75rem/1 system-ui, sans-serif; }
dd { margin: 0; padding: .1rem .9rem .6rem; font-size: .92rem; } dd p { margin: .15rem 0; } dd dl { margin: .4rem 0; }
details { border: 1px solid var(--line); border-radius: 8px; } details + details { margin-top: .4rem; }
summary { cursor: pointer; padding: .5rem .9rem; font-size: .92rem; } details > div { padding: 0 .9rem .8rem; }
.status { font: 700 .875rem/1 var(--mono); margin-right: .5rem; } .ok { color: var(--get); } .no { color: var(--delete); }
table code { overflow-wrap: normal; } table { border-collapse: collapse; width: 100%; font-size: .92rem; } th, td { text-align: left; vertical-align: top; padding: .45rem .8rem .45rem 0; border-bottom: 1px solid var(--line); }
@media (max-width: 75rem) { article { display: block; } .samples section { position: static; } }
@media (max-width: 50rem) { nav { position: static; width: auto; max-height: 45vh; border-right: 0; border-bottom: 1px solid var(--line); } main { margin: 0; } .up { display: block; } }
@media print {
  :root { color-scheme: light; } nav, .skip, .up { display: none; } main { margin: 0; padding: 0; max-width: none; }
  pre { color: inherit; background: none; border: 1px solid var(--line); }
  details::details-content { content-visibility: visible; } summary { list-style: none; }
  h2, h3, h4, dt, summary, article > header { break-after: avoid; } pre, dd { break-inside: avoid; }
}
`;
