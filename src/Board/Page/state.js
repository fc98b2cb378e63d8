// What is chosen, kept in the address so that a reload or a bookmark shows the same, and the runs as the server last told them.

const address = new URLSearchParams(location.search);
const listeners = new Set();

/** Runs by name. */
export const runs = new Map();

export const state = {
  tab: address.get('tab') ?? 'curves',
  /** Names of the runs in the overlay, each in the place of its colour; null where a place is free. */
  chosen: [],
  metrics: address.getAll('metric'),
  x: address.get('x') ?? 'steps',
  smooth: address.get('smooth') ?? '',
  log: address.get('log') === '1',
  seeds: address.get('seeds') ?? 'none',
  from: address.get('from'),
  to: address.get('to'),
  filter: address.get('filter') ?? '',
  group: address.get('group') ?? '',
  archived: address.get('archived') === '1',
  sort: address.get('sort') ?? '-changed',
  /** The run of the tabs that show one. */
  run: address.get('one') ?? (address.get('tab') === 'run' || address.get('tab') === 'routing' ? address.get('run') : null) ?? '',
  /** Runs of the overlay whose curves are hidden. */
  hidden: new Set(address.getAll('hide')),
};

address.getAll('run').forEach(name => { if (!state.chosen.includes(name)) state.chosen.push(name); });
export const cameWithRuns = state.chosen.length > 0;

export const chosen = () => state.chosen.filter(n => n !== null);
export const place = name => state.chosen.indexOf(name);
export const look = at => `c${at % 7}`;

/** The place whose colour a run has: its own, or that of the first of its seeds where these are one curve. */
export const colorOf = name => {
  const own = runs.get(name)?.experiment;
  return place(state.seeds === 'none' || !own || place(name) < 0 ? name : chosen().find(n => runs.get(n)?.experiment === own) ?? name);
};

/** Puts a run into the first free place, or takes it out of its own. */
export const choose = (name, on) => {
  const at = place(name);
  if (on && at < 0) {
    const free = state.chosen.indexOf(null);
    if (free < 0) state.chosen.push(name); else state.chosen[free] = name;
  }
  if (!on && at >= 0) {
    state.chosen[at] = null;
    state.hidden.delete(name);
    while (state.chosen.length && state.chosen[state.chosen.length - 1] === null) state.chosen.pop();
  }
};

/** The part of a request that names the runs, with their colours. */
export const naming = (names = chosen()) => {
  const query = new URLSearchParams();
  for (const name of names) {
    query.append('run', name);
    query.append('color', Math.max(0, place(name)));
  }
  return query;
};

/** A run of the tabs that show one which the folder does not have; null if it has it, or none was asked for. */
export const missing = () => state.run && !runs.has(state.run) ? state.run : null;

/** The run of the tabs that show one: the one asked for, else the first of the overlay, else the newest. */
export const single = () => runs.has(state.run) ? state.run : chosen().find(n => runs.has(n)) ?? [...runs.keys()][0] ?? '';

const write = () => {
  const query = new URLSearchParams();
  if (state.tab !== 'curves') query.set('tab', state.tab);
  for (const name of chosen()) query.append('run', name);
  for (const metric of state.metrics) query.append('metric', metric);
  for (const name of state.hidden) query.append('hide', name);
  for (const key of ['smooth', 'from', 'to', 'filter', 'group']) if (state[key]) query.set(key, state[key]);
  if (state.x !== 'steps') query.set('x', state.x);
  if (state.seeds !== 'none') query.set('seeds', state.seeds);
  if (state.sort !== '-changed') query.set('sort', state.sort);
  if (state.run) query.set('one', state.run);
  for (const key of ['log', 'archived']) if (state[key]) query.set(key, '1');
  const next = query.size ? `/?${query}` : '/';
  // Each call costs the browser a note in its history.
  if (next !== location.pathname + location.search) history.replaceState(null, '', next);
};

/** Calls when something of these kinds changed: chosen, view, tab, list, rows. */
export const on = (kinds, act) => listeners.add([kinds, act]);

export const changed = (...kinds) => {
  write();
  for (const [wanted, act] of listeners) if (wanted.some(k => kinds.includes(k))) act(kinds);
};
