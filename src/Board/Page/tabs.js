// The tabs beside the curves: routing, domains, comparison, SQL, one run.
import { attempt, button, el, fragment, get, oneAtATime, post, tell } from './dom.js';
import { editor } from './list.js';
import { openSave } from './save.js';
import { changed, chosen, naming, on, runs, single, state } from './state.js';

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
  const one = single();
  if (!one) { panel.replaceChildren(sentence('No runs yet.')); return; }
  const difference = against && against !== one && runs.has(against);
  const asked = size => {
    const query = new URLSearchParams([['run', one], ...(difference ? [['run', against]] : [])]);
    for (const [key, value] of Object.entries(size)) query.set(key, value);
    return query;
  };
  const figure = difference ? 'difference' : 'routing';
  panel.replaceChildren(el('div', { className: 'controls' },
    picker('run', one, '', v => { state.run = v; changed('tab', 'list'); }),
    picker('less', difference ? against : '', 'nothing', v => { against = v; changed('tab'); }),
    el('span', { className: 'grow' }), button('Save', () => openSave(figure, 'routing', asked, false))), el('div', { id: 'shown' }));
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
let sql = examples[0][1];
const ask = panel => {
  const box = el('textarea', { id: 'sql', rows: 5, spellcheck: false, value: sql, 'aria-label': 'SQL' });
  const go = oneAtATime(async () => {
    sql = box.value;
    body().replaceChildren(sentence('asking …'));
    await attempt(async () => {
      const data = await post('/api/sql', { sql });
      const save = el('a', { className: 'as-button', download: 'query.csv', href: URL.createObjectURL(new Blob([data.csv], { type: 'text/csv' })), textContent: 'Save CSV' });
      body()?.replaceChildren(el('section', { className: 'card' }, fragment(data.html), el('p', {}, save)));
    }, e => body()?.replaceChildren(el('p', { className: 'message bad', textContent: e.message })));
  });
  box.addEventListener('keydown', e => { if (e.key === 'Enter' && (e.ctrlKey || e.metaKey)) { e.preventDefault(); go(); } });
  panel.replaceChildren(box, el('div', { className: 'controls' }, button('Ask', () => go(), { className: 'main', title: 'Ctrl+Enter' }),
    ...examples.map(([text, query]) => button(text, () => { box.value = query; go(); }, { className: 'quiet' }))),
  el('p', { className: 'mute', textContent: 'Tables: runs, recipes, steps, metrics, counts, events. DuckDB, read only.' }), el('div', { id: 'shown' }));
};

const one = panel => {
  const name = single(), row = runs.get(name);
  if (!row) { panel.replaceChildren(sentence('No runs yet.')); return; }
  const trains = row.state === 'running' || row.state === 'paused';
  const act = (text, action, on) => button(text, () => attempt(async () => tell((await post('/api/act', { run: name, action })).done)), { disabled: !on });
  panel.replaceChildren(...[
    el('div', { className: 'controls' }, picker('run', name, '', v => { state.run = v; changed('tab', 'list'); }), el('span', { className: `chip ${row.state === 'finished' ? 'good' : ['failed', 'interrupted'].includes(row.state) ? 'bad' : ''}`, textContent: row.state || 'broken' }),
      el('span', { className: 'grow' }), act('Pause', 'pause', row.state === 'running'), act('Continue', 'continue', row.state === 'paused'), act('Checkpoint', 'checkpoint', trains), act('Stop', 'stop', trains),
      el('a', { className: 'as-button', href: `/report?run=${encodeURIComponent(name)}`, target: '_blank', rel: 'noopener', textContent: 'Report' })),
    row.problem ? el('p', { className: 'message bad', textContent: row.problem }) : null,
    el('section', { className: 'card' }, editor(row)), el('div', { id: 'shown' }, sentence('reading …'))].filter(Boolean));
  describe(name);
};

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
    if (state.tab !== 'run' || !row) return;
    const writes = document.activeElement?.closest('.editor');
    if (row.state !== shownState && !writes) changed('tab');
    else if (row.fresh && !due) due = setTimeout(() => { due = 0; row.fresh = false; describe(row.name); }, 2000);
    shownState = row.state;
  });
};
