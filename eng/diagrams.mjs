// Draws the Mermaid blocks of Markdown files in Chromium: diagrams.mjs DOCS mermaid.min.js. See diagrams.sh.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const [docs, script] = process.argv.slice(2), images = join(docs, 'images');
const sources = readdirSync(docs).filter(f => f.endsWith('.md'))
  .flatMap(f => [...readFileSync(join(docs, f), 'utf8').matchAll(/^```mermaid\n([\s\S]*?)\n```$/gm)].map(m => m[1]));
const name = source => `diagram-${createHash('sha256').update(source).digest('hex').slice(0, 12)}.svg`;

// The colours of MoELab's own pictures, for light and dark pages.
const colours = { light: ['#1d2026', '#686e79', '#fff', '#f4f4f1', '#0072b2'], dark: ['#e9eaec', '#9aa1ad', '#22252b', '#191b20', '#4ba3dd'] };
const css = ([ink, soft, box, group, line]) => `
  text, tspan { fill: ${ink} !important; } .cluster-label text, .cluster-label tspan { fill: ${soft} !important; }
  .node rect, .node path, .node polygon, .node circle { fill: ${box} !important; stroke: ${line} !important; filter: none !important; }
  .cluster rect { fill: ${group} !important; stroke: ${soft} !important; filter: none !important; }
  .flowchart-link { stroke: ${soft} !important; } .marker, .marker path { fill: ${soft} !important; stroke: ${soft} !important; filter: none !important; }
  .edgeLabel rect, .labelBkg, .background { fill: ${group} !important; opacity: 1 !important; }`;
const settings = {
  startOnLoad: false, deterministicIds: true, theme: 'base', htmlLabels: false, fontFamily: 'sans-serif', flowchart: { htmlLabels: false, useMaxWidth: false, wrappingWidth: 300 },
  themeCSS: `${css(colours.light)} @media (prefers-color-scheme: dark) { ${css(colours.dark)} }`,
};

const draw = source => {
  const work = mkdtempSync(join(tmpdir(), 'diagram-'));
  try {
    const page = join(work, 'page.html');
    writeFileSync(page, `<!doctype html><meta charset="utf-8"><pre id="out"></pre><script>${readFileSync(script, 'utf8').replaceAll('</script', '<\\/script')}</script><script>
      const source = ${JSON.stringify(source).replaceAll('<', '\\u003c')}, out = document.getElementById('out');
      mermaid.initialize(${JSON.stringify(settings).replaceAll('<', '\\u003c')});
      mermaid.render('d', source).then(drawn => {
        const svg = new DOMParser().parseFromString(drawn.svg, 'text/html').querySelector('svg');
        out.textContent = 'drawn ' + new XMLSerializer().serializeToString(svg);
      }, e => { out.textContent = 'failed ' + e; });</script>`);
    const dom = execFileSync(process.env.CHROMIUM ?? 'chromium', ['--headless', '--no-sandbox', '--disable-gpu', '--virtual-time-budget=20000', '--dump-dom', `file://${page}`],
      { encoding: 'utf8', maxBuffer: 1 << 28, stdio: ['ignore', 'pipe', 'ignore'] });
    const out = /<pre id="out">(drawn|failed) ([\s\S]*?)<\/pre>/.exec(dom);
    if (out?.[1] !== 'drawn') throw new Error(`${name(source)}: ${out?.[2] ?? 'nothing was drawn'}`);
    return out[2].replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&nbsp;', '\u00a0').replaceAll('&amp;', '&');
  } finally {
    rmSync(work, { recursive: true });
  }
};

const kept = new Set(sources.map(name)), there = new Set(readdirSync(images));
for (const source of sources) {
  if (there.has(name(source)) && !process.env.ALL) continue;
  writeFileSync(join(images, name(source)), draw(source) + '\n');
  console.log(`drawn: docs/images/${name(source)}`);
}
for (const old of there) {
  if (!/^diagram-[0-9a-f]{12}\.svg$/.test(old) || kept.has(old)) continue;
  rmSync(join(images, old));
  console.log(`removed: docs/images/${old}`);
}
