// The tab of curves: charts drawn by the server, one legend for all.
import { attempt, button, el, fragment, get, oneAtATime } from './dom.js';
import { openSave } from './save.js';
import { changed, chosen, look, naming, on, place, runs, state } from './state.js';
import { attach, lift, stretch } from './zoom.js';

const usual = ['loss', 'eval/bits_per_byte', 'max_vio/mean', 'tokens_per_second'];
const visible = () => chosen().filter(n => !state.hidden.has(n));
// Empty: the mean over a window around each point, which does not lag.
const weight = () => state.smooth === '' ? 0 : +state.smooth;
const part = () => state.from && state.to ? [+state.from, +state.to] : null;
let charts = [], panel = null, known = [], exact = 0;
// Milliseconds that a chart takes, of late.
let slowest = 0;

/** What a chart shows, as the server is asked for it. */
const query = (metric, size) => {
  const asked = naming(visible());
  asked.set('metric', metric);
  if (state.x !== 'steps') asked.set('x', state.x);
  if (state.smooth !== '') asked.set('smooth', weight());
  if (state.log) asked.set('log', '1');
  if (state.seeds !== 'none') asked.set('seeds', state.seeds);
  if (part()) { asked.set('from', part()[0]); asked.set('to', part()[1]); }
  for (const [key, value] of Object.entries(size)) asked.set(key, value);
  return asked;
};

// The values of all curves over all positions, for the crosshair.
const joined = data => {
  const rows = new Map();
  data.series.forEach((s, c) => s.x.forEach((x, i) => { (rows.get(x) ?? rows.set(x, new Array(data.series.length).fill(null)).get(x))[c] = s.y[i]; }));
  const x = [...rows.keys()].sort((a, b) => a - b);
  return { label: data.label, what: data.what, log: data.log, x, series: data.series.map((s, c) => ({ name: s.name, color: s.color, y: x.map(v => rows.get(v)[c]) })) };
};

const moveAll = next => {
  [state.from, state.to] = next ? next.map(v => String(+v.toPrecision(9))) : [null, null];
  for (const chart of charts) {
    chart.part = next;
    if (next) requestAnimationFrame(() => { if (chart.part === next) stretch(chart, next); });
  }
  document.getElementById('whole').hidden = !next;
  clearTimeout(exact);
  exact = setTimeout(() => changed('view'), next ? 150 : 0);
};

class Chart {
  constructor(metric) {
    this.metric = metric;
    this.area = el('div', { className: 'plot-area', tabIndex: 0, role: 'group', 'aria-label': `${metric}: zoom with plus and minus, move with the arrow keys, 0 shows the whole` });
    this.title = el('span', { className: 'title', textContent: metric });
    this.unit = el('span', { className: 'mute unit' });
    this.card = el('section', { className: 'card chart', 'aria-label': metric },
      el('div', { className: 'card-head' }, this.title, this.unit, el('span', { className: 'grow' }),
        button('Save', () => openSave('curves', this.title.textContent, size => query(metric, size), true), { className: 'quiet', 'aria-label': `save ${metric}` }),
        button('×', () => { state.metrics = charts.map(c => c.metric).filter(m => m !== metric); show(panel); changed('view'); }, { className: 'quiet', 'aria-label': `remove ${metric}`, title: 'remove' })),
      this.area);
    this.draw = oneAtATime(() => this.#draw());
    attach(this.area, this, moveAll);
    this.sight = new IntersectionObserver(([seen]) => { this.seen = seen.isIntersecting; if (this.seen && this.stale) this.draw(); });
    this.sight.observe(this.area);
    let width = 0;
    this.size = new ResizeObserver(() => { if (Math.abs(this.area.clientWidth - width) > 1) { width = this.area.clientWidth; this.refresh(); } });
    this.size.observe(this.area);
  }

  /** Draws now if somebody sees it, else when somebody does; calmly where nobody asked for another picture and there may be no news. */
  refresh(calm = false) { this.stale = true; this.calm = calm; if (this.seen) this.draw(); }

  close() { this.sight.disconnect(); this.size.disconnect(); }

  async #draw() {
    this.stale = false;
    if (!this.area.isConnected || this.area.clientWidth < 40) return;
    if (!visible().length) { this.#say(chosen().length ? 'All curves are hidden.' : 'Choose runs in the list.'); return; }
    const calm = this.calm;
    this.calm = false;
    if (!calm) this.card.setAttribute('aria-busy', 'true');
    const asked = query(this.metric, { width: Math.max(200, Math.round(this.area.clientWidth)), height: Math.max(120, Math.round(this.area.clientHeight)) });
    const question = `${asked}`, began = performance.now();
    if (calm && question === this.question) asked.set('mark', this.mark);
    this.question = null;
    const picture = await attempt(() => get('/api/curves', asked), e => this.#say(e.message));
    this.card.removeAttribute('aria-busy');
    if (picture !== undefined) this.question = question;
    if (!picture) return;
    this.mark = picture.mark;
    this.data = picture.data;
    this.title.textContent = picture.title;
    this.unit.textContent = picture.unit;
    const drawn = fragment(picture.svg), svg = drawn.firstElementChild, shade = this.area.querySelector('.shade');
    this.svg = svg;
    if (!picture.data.view) { this.#say(state.log ? 'No positive value: nothing to draw on a logarithmic axis.' : 'Not logged yet.'); return; }
    const [frame, lines] = lift(svg, picture.data);
    this.lines = lines;
    this.area.replaceChildren(...[svg, frame, shade].filter(Boolean));
    slowest = Math.max(slowest * .8, performance.now() - began);
    let values = null;
    const [left, top, right, bottom] = picture.data.plot;
    window.moelab.hair(this.area, svg, () => ({ left, right, top, bottom, view: picture.data.view }), () => values ??= joined(picture.data));
    if (this.part && (this.part[0] !== picture.data.view[0] || this.part[1] !== picture.data.view[1])) stretch(this, this.part);
  }

  #say(sentence) {
    this.svg = null;
    this.area.replaceChildren(el('p', { className: 'mute message', textContent: sentence }), this.area.querySelector('.shade'));
  }
}

const common = names => {
  let text = names[0];
  while (!names.every(n => n.startsWith(text))) text = text.slice(0, -1);
  text = text.replace(/[-_. ]+$/, '');
  return text.length > 0 ? text : names[0];
};

const legend = () => {
  const holder = document.getElementById('legend');
  if (!holder) return;
  const groups = state.seeds === 'none' ? chosen().map(n => [n]) : [...Map.groupBy(chosen(), n => runs.get(n)?.experiment || n).values()];
  holder.replaceChildren(...groups.map(names => {
    const off = names.every(n => state.hidden.has(n)), at = place(names[0]), text = names.length > 1 ? `${common(names)}, ${names.length} seeds` : names[0];
    const entry = button('', () => { names.forEach(n => off ? state.hidden.delete(n) : state.hidden.add(n)); changed('chosen'); }, { className: `entry ${off ? 'off' : ''}`, 'aria-pressed': String(!off), title: off ? 'show' : 'hide' });
    entry.append(el('i', { className: `${look(at)} k${Math.floor(at / 7) % 4}` }), text);
    return entry;
  }));
};

const control = (text, input) => el('label', {}, text, ' ', input);
const options = (list, value) => { const made = el('select', {}, ...list.map(([v, text]) => el('option', { value: v, textContent: text }))); made.value = value; return made; };

const controls = () => {
  // The slider runs in tenths of what is left of each value: 0, 0.9, 0.99, 0.999.
  const slider = el('input', { type: 'range', min: 0, max: 100, 'aria-label': 'smoothing' });
  const said = button('', () => { state.smooth = state.smooth === '' ? '0.9' : ''; say(); changed('view'); }, { className: 'weight' });
  const say = () => {
    said.textContent = state.smooth === '' ? 'auto' : weight() ? weight().toPrecision(3) : 'off';
    said.setAttribute('aria-label', `smoothing is ${said.textContent}; ${state.smooth === '' ? 'use a moving average' : 'use the automatic window'}`);
    said.title = state.smooth === '' ? 'mean over a window around each point' : 'moving average; click for the automatic window';
    slider.value = Math.round(-Math.log10(Math.max(1e-3, 1 - weight())) / 3 * 100);
  };
  say();
  let soon = 0;
  slider.addEventListener('input', () => {
    state.smooth = slider.value === '0' ? '0' : (1 - 10 ** (-slider.value * 3 / 100)).toFixed(4);
    say();
    clearTimeout(soon);
    soon = setTimeout(() => changed('view'), 60);
  });
  const x = options([['steps', 'steps'], ['tokens', 'tokens'], ['time', 'time'], ['flops', 'FLOPs']], state.x);
  x.addEventListener('change', () => { state.x = x.value; moveAll(null); });
  const log = el('input', { type: 'checkbox', checked: state.log });
  log.addEventListener('change', () => { state.log = log.checked; changed('view'); });
  const seeds = options([['none', 'each run'], ['range', 'mean, min to max'], ['standarderror', 'mean ± standard error']], state.seeds);
  seeds.addEventListener('change', () => { state.seeds = seeds.value; legend(); changed('view'); });
  return el('div', { className: 'controls' }, control('x', x), control('smoothing', slider), said,
    el('label', { className: 'check' }, log, ' log y'), control('seeds', seeds), el('span', { className: 'grow' }),
    button('Whole x axis', () => moveAll(null), { id: 'whole', hidden: !part() }));
};

const adder = () => {
  const more = el('select', { id: 'more', 'aria-label': 'add a chart' });
  more.addEventListener('change', () => { state.metrics = [...charts.map(c => c.metric), more.value]; show(panel); changed('view'); });
  fillMore(more);
  return more;
};

const fillMore = (more = document.getElementById('more')) => {
  if (!more || document.activeElement === more) return;
  const shown = new Set(charts.map(c => c.metric)), groups = Map.groupBy(known.filter(m => !shown.has(m)), m => m.includes('/') ? m.slice(0, m.lastIndexOf('/')) : 'of each step');
  more.replaceChildren(el('option', { value: '', textContent: 'Add a chart', selected: true, disabled: true }),
    ...[...groups].map(([name, metrics]) => el('optgroup', { label: name }, ...metrics.map(m => el('option', { value: m, textContent: m })))));
};

const learn = oneAtATime(async () => {
  if (!chosen().length) return;
  known = await attempt(() => get('/api/metrics', naming()), () => {}) ?? known;
  fillMore();
});

/** Fills the panel with the charts. */
export const show = target => {
  panel = target;
  const wanted = state.metrics.length ? state.metrics : usual;
  const kept = new Map(charts.map(c => [c.metric, c]));
  charts = [...new Set(wanted)].map(m => kept.get(m) ?? new Chart(m));
  for (const chart of kept.values()) if (!charts.includes(chart)) chart.close();
  for (const chart of charts) chart.part = part();
  panel.replaceChildren(controls(), el('div', { className: 'under' }, el('div', { id: 'legend', className: 'board-legend', role: 'group', 'aria-label': 'curves: click to hide' }), adder()),
    el('div', { className: charts.length > 1 ? 'grid' : 'grid one' }, ...charts.map(c => c.card)));
  legend();
  charts.forEach(c => c.refresh());
  learn();
};

let due = 0;
export const start = () => {
  on(['chosen', 'view'], kinds => {
    if (state.tab !== 'curves') return;
    legend();
    charts.forEach(c => c.refresh());
    if (kinds.includes('chosen')) learn();
  });
  // What trains is drawn again every five seconds, less often where drawing takes long (many curves, a busy machine) or where the reader works in another
  // window: watching must not cost the run.
  on(['rows'], () => {
    if (state.tab !== 'curves' || due) return;
    const pause = Math.min(20000, Math.max(document.hasFocus() ? 5000 : 15000, 40 * slowest));
    due = setTimeout(() => {
      due = 0;
      const fresh = visible().map(n => runs.get(n)).filter(r => r?.fresh);
      for (const run of fresh) run.fresh = false;
      if (fresh.length) charts.forEach(c => c.refresh(true));
    }, pause);
  });
};
