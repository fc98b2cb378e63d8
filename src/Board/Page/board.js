// The board: tabs, the stream of events, the first view.
import * as charts from './charts.js';
import { attempt, el, get, tell } from './dom.js';
import * as list from './list.js';
import { cameWithRuns, changed, choose, chosen, on, runs, state } from './state.js';
import * as others from './tabs.js';

const all = ['curves', 'routing', 'domains', 'compare', 'sql', 'run'];
const panel = document.getElementById('panel'), sign = document.getElementById('live');
// Runs that a page without an address of its own begins with.
const first = 6;
let version = 0, stream = null;

const showTab = () => {
  if (!all.includes(state.tab)) { tell(`There is no tab '${state.tab}'; expected ${all.join(', ')}.`, true); state.tab = 'curves'; }
  for (const name of all) {
    const tab = document.getElementById(`tab-${name}`), here = name === state.tab;
    tab.setAttribute('aria-selected', String(here));
    tab.tabIndex = here ? 0 : -1;
    if (here) tab.scrollIntoView({ block: 'nearest', inline: 'nearest' });
  }
  panel.setAttribute('aria-labelledby', `tab-${state.tab}`);
  panel.className = `panel-${state.tab}`;
  if (state.tab === 'curves') charts.show(panel); else others.tabs[state.tab](panel);
};

for (const name of all) document.getElementById(`tab-${name}`).addEventListener('click', () => { state.tab = name; changed('tab'); });
document.querySelector('[role=tablist]').addEventListener('keydown', e => {
  const at = all.indexOf(state.tab), to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: all.length - 1 }[e.key];
  if (to === undefined) return;
  state.tab = all[(to + all.length) % all.length];
  changed('tab');
  document.getElementById(`tab-${state.tab}`).focus();
  e.preventDefault();
});

const take = data => {
  for (const row of data.rows) {
    const before = runs.get(row.name);
    row.fresh = before !== undefined && before.step !== row.step || before?.fresh === true;
    runs.set(row.name, row);
  }
  for (const name of data.gone ?? []) {
    if (!runs.delete(name)) continue;
    if (chosen().includes(name)) { tell(`${name} is no longer in the folder.`, true); choose(name, false); changed('chosen'); }
  }
  version = data.version;
};

const say = (text, kind) => { sign.textContent = text; sign.className = `sign ${kind}`; };

// A hidden page listens to nothing, so that it costs nothing.
const listen = () => {
  stream?.close();
  if (document.hidden) { stream = null; return; }
  stream = new EventSource(`/api/events?since=${version}`);
  stream.addEventListener('hello', () => say('live', 'on'));
  stream.addEventListener('runs', e => { take(JSON.parse(e.data)); changed('rows'); });
  stream.addEventListener('trouble', e => say(JSON.parse(e.data).error, 'off'));
  stream.addEventListener('error', lost);
};

// A board that was started again has another token: it refuses this page, which then cannot go on.
const lost = async () => {
  const answer = await fetch('/dom.js').catch(() => null);
  if (answer?.status === 403) {
    stream?.close();
    say('the board was started again and has a new address; open the one that it printed', 'off');
  } else say('the board does not answer; it may have been stopped', 'off');
};

const begin = async () => {
  const data = await get('/api/runs');
  document.getElementById('folder').textContent = data.folder;
  take(data);
  const unknown = chosen().filter(n => !runs.has(n));
  if (unknown.length) {
    tell(`${unknown.map(n => `'${n}'`).join(', ')}: no such run in this folder.`, true);
    unknown.forEach(n => choose(n, false));
  }
  if (!cameWithRuns) [...runs.values()].filter(r => !r.archived && r.step > 0).slice(0, first).forEach(r => choose(r.name, true));
  list.start();
  charts.start();
  others.start();
  on(['tab'], showTab);
  changed('tab');
  document.addEventListener('visibilitychange', listen);
  listen();
};

attempt(begin, e => { say(e.message, 'off'); panel.replaceChildren(el('p', { className: 'message bad', textContent: e.message })); });
