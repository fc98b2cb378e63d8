// The tabs beside the curves: routing, domains, comparison, SQL, one run.
import { attempt, button, el, fragment, get, oneAtATime, post, tell } from './dom.js';
import { editor } from './list.js';
import { openSave } from './save.js';
import { changed, chosen, missing, naming, on, runs, single, state } from './state.js';

const sentence = text => el('p', { className: 'mute message', textContent: text });
const body = () => document.getElementById('shown');

const picker = (text, value, none, act) => {
  const names = [...runs.keys()].sort((a, b) => a.localeCompare(b, 'en', { numeric: true }));
  const list = el('select', { 'aria-label': text }, ...(none ? [el('option', { value: '', textContent: none })] : []), ...names.map(n => el('option', { value: n, textContent: n })));
  list.value = value;
  list.addEventListener('change', () => act(list.value));
  return el('label', {}, text, ' ', list);
};

const live = holder => { window.moelab.live(holder); return holder; };

let against = '', heat = null;
const routing = panel => {
  if (missing()) { nobody(panel); return; }
  const one = single();
  if (!one) { panel.replaceChildren(sentence('No runs yet.')); return; }
  const difference = against && against !== one && runs.has(against);
  const asked = size => {
    const query = new URLSearchParams([['run', one], ...(difference ? [['run', against]] : [])]);
    for (const [key, value] of Object.entries(size)) query.set(key, value);
    return query;
  };
  const figure = difference ? 'difference' : 'routing';
  const same = against && against === one;
  panel.replaceChildren(el('div', { className: 'controls' },
    picker('run', one, '', v => { state.run = v; changed('tab', 'list'); }),
    picker('less', difference || same ? against : '', 'nothing', v => { against = v; changed('tab'); }),
    el('span', { className: 'grow' }), button('Save', () => openSave(figure, 'routing', asked, false))), el('div', { id: 'shown' }));
  if (same) { heat = null; body().replaceChildren(sentence(`${one} less ${one}: this is the same run; choose another one, or nothing.`)); return; }
  attempt(async () => {
    // The first named is what the second is compared with.
    const query = difference ? new URLSearchParams([['run', against], ['run', one]]) : asked({});
    const data = await get(`/api/${figure}`, query);
    const card = el('section', { className: 'card' }, fragment(data.html),
      el('p', { className: 'mute', textContent: difference ? `Where ${one} gives an expert more tokens than ${against}, the cell is orange; where fewer, blue. Steps are paired by tokens.`
        : 'Tokens of each expert in one step against an even load: blue experts starve, orange ones are overloaded.' }));
    body()?.replaceChildren(card);
    live(card);
    const drawn = card.querySelector('[data-heat]');
    heat = difference || !drawn ? null : { run: one, figure: drawn, last: Math.max(...JSON.parse(drawn.querySelector('script').textContent).steps) };
  }, e => body()?.replaceChildren(sentence(e.message)));
};

const domains = panel => {
  const names = chosen().filter(n => runs.has(n)), of = names.length ? names : [single()].filter(Boolean);
  if (!of.length) { panel.replaceChildren(sentence('Choose runs in the list.')); return; }
  const asked = size => { const query = naming(of); for (const [key, value] of Object.entries(size)) query.set(key, value); return query; };
  panel.replaceChildren(el('div', { className: 'controls' }, el('span', { className: 'mute', textContent: `held-out text of ${of.length} run${of.length > 1 ? 's' : ''}` }),
    el('span', { className: 'grow' }), button('Save', () => openSave('domains', 'domains', asked, false))), el('div', { id: 'shown' }, sentence('reading …')));
  attempt(async () => {
    const data = await get('/api/domains', asked({}));
    body()?.replaceChildren(el('section', { className: 'card' }, fragment(data.html)));
  }, e => body()?.replaceChildren(sentence(e.message)));
};

const compare = panel => {
  const names = chosen().filter(n => runs.has(n));
  panel.replaceChildren(el('div', { id: 'shown' }, sentence(names.length < 2 ? 'Choose two runs or more in the list.' : 'reading …')));
  if (names.length < 2) return;
  attempt(async () => {
    const data = await get('/api/compare', naming(names));
    body()?.replaceChildren(el('section', { className: 'card prose' }, fragment(data.html)));
  }, e => body()?.replaceChildren(sentence(e.message)));
};

const examples = [
  ['the best runs', 'select run, balancer, bits_per_byte, max_vio, tokens_per_second\nfrom runs order by bits_per_byte limit 10'],
  ['loss every 100 steps', 'select run, step, loss from steps\nwhere step % 100 = 0 order by run, step'],
  ['busiest experts', 'select run, layer, expert, sum(count) as tokens\nfrom counts group by all order by tokens desc limit 20'],
  ['what happened', "select run, time, step, kind, message from events\nwhere kind in ('swap', 'alert', 'error', 'restart') order by time desc limit 50"],
];
// Made once: a question goes on, and its answer stays, while another tab is looked at.
let question = null;
const ask = panel => panel.replaceChildren(...question ??= asker());
const asker = () => {
  const box = el('textarea', { id: 'sql', rows: 5, spellcheck: false, value: examples[0][1], 'aria-label': 'SQL' });
  const shown = el('div', { id: 'shown' });
  let asking = null;
  const stop = button('Stop', () => asking?.abort(), { hidden: true });
  const go = oneAtATime(async () => {
    const sql = box.value, began = performance.now();
    asking = new AbortController();
    stop.hidden = false;
    shown.replaceChildren(sentence('asking …'));
    asking.signal.addEventListener('abort', () => shown.replaceChildren(sentence(`Stopped after ${((performance.now() - began) / 1000).toFixed(1)} s.`)));
    await attempt(async () => {
      const data = await post('/api/sql', { sql }, asking.signal);
      const save = el('a', { className: 'as-button', download: 'query.csv', href: URL.createObjectURL(new Blob([data.csv], { type: 'text/csv' })), textContent: 'Save CSV' });
      shown.replaceChildren(el('section', { className: 'card' }, fragment(data.html), el('p', {}, save)));
    }, e => shown.replaceChildren(el('p', { className: 'message bad', textContent: e.message })));
    stop.hidden = true;
  });
  box.addEventListener('keydown', e => { if (e.key === 'Enter' && (e.ctrlKey || e.metaKey)) { e.preventDefault(); go(); } });
  return [box, el('div', { className: 'controls' }, button('Ask', () => go(), { className: 'main', title: 'Ctrl+Enter' }), stop,
    ...examples.map(([text, query]) => button(text, () => { box.value = query; go(); }, { className: 'quiet' }))),
  el('p', { className: 'mute', textContent: 'Tables: runs, recipes, steps, metrics, counts, events. DuckDB, read only.' }), shown];
};

// Brings to date what the tab of one run says about its state, and leaves what somebody writes or has focused.
let renew = null;
const one = panel => {
  renew = null;
  if (missing()) { nobody(panel); return; }
  const name = single(), row = runs.get(name);
  if (!row) { panel.replaceChildren(sentence('No runs yet.')); return; }
  const act = (text, action) => button(text, () => attempt(async () => tell((await post('/api/act', { run: name, action })).done)));
  const chip = el('span'), problem = el('p', { className: 'message bad' }), edit = editor(row);
  const [pause, go, keep, stop] = [act('Pause', 'pause'), act('Continue', 'continue'), act('Checkpoint', 'checkpoint'), act('Stop', 'stop')];
  renew = row => {
    const trains = row.state === 'running' || row.state === 'paused';
    chip.className = `chip ${row.state === 'finished' ? 'good' : ['failed', 'interrupted'].includes(row.state) ? 'bad' : ''}`;
    chip.textContent = row.state || 'broken';
    pause.disabled = row.state !== 'running';
    go.disabled = row.state !== 'paused';
    keep.disabled = stop.disabled = !trains;
    problem.hidden = !row.problem;
    problem.textContent = row.problem ?? '';
    edit.renew(row);
  };
  renew(row);
  panel.replaceChildren(
    el('div', { className: 'controls' }, picker('run', name, '', v => { state.run = v; changed('tab', 'list'); }), chip, el('span', { className: 'grow' }), pause, go, keep, stop,
      el('a', { className: 'as-button', href: `/report?run=${encodeURIComponent(name)}`, target: '_blank', rel: 'noopener', textContent: 'Report' })),
    problem, el('section', { className: 'card' }, edit.made), el('div', { id: 'shown' }, sentence('reading …')));
  describe(name);
};

const nobody = panel => panel.replaceChildren(el('div', { className: 'controls' }, picker('run', '', 'choose a run', v => { state.run = v; changed('tab', 'list'); })),
  el('p', { className: 'message bad', textContent: `There is no run '${missing()}' in this folder.` }));

const describe = oneAtATime(name => attempt(async () => {
  const data = await get('/api/run', new URLSearchParams({ run: name }));
  if (state.tab === 'run' && single() === name) body()?.replaceChildren(el('section', { className: 'card prose' }, fragment(data.html)));
}, e => body()?.replaceChildren(sentence(e.message))));

// Frames of a run that trains are added to its slider; where there is no heatmap yet, it is asked for again.
const grow = oneAtATime(async () => {
  const { run, figure, last } = heat ?? {};
  if (!figure?.isConnected) return;
  const frames = await attempt(() => get('/api/frames', new URLSearchParams({ run, step: last })), () => {}) ?? [];
  for (const frame of frames) figure.add(frame.step, frame.cells, frame.means);
  if (frames.length && heat?.figure === figure) heat.last = frames[frames.length - 1].step;
});

export const tabs = { routing, domains, compare, sql: ask, run: one };

/** What the tab of one run shows is brought up to date while it trains; what somebody writes there stays. */
export const start = () => {
  let shownState = '', due = 0;
  on(['rows'], () => {
    const row = runs.get(single());
    if (state.tab === 'routing' && row?.fresh && !due) due = setTimeout(() => { due = 0; row.fresh = false; if (heat) grow(); else if (!against) changed('tab'); }, 2000);
    if (state.tab !== 'run') return;
    if (missing() && !renew || !row) return;
    if (missing() || !renew) { changed('tab'); return; }
    renew(row);
    if (row.state !== shownState) describe(row.name);
    else if (row.fresh && !due) due = setTimeout(() => { due = 0; row.fresh = false; describe(row.name); }, 2000);
    shownState = row.state;
  });
};
