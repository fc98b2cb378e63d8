// The list of runs: filter, groups, order, choice.
import { ago, attempt, button, el, nearest, number, post, tell } from './dom.js';
import { changed, choose, chosen, colorOf, look, on, place, runs, state } from './state.js';

const $ = id => document.getElementById(id);
const columns = [
  ['name', 'run'], ['step', 'step'], ['loss', 'loss', 'training loss of the last step'], ['bits', 'bits/byte', 'held out, last evaluation'],
  ['maxVio', 'MaxVio', 'mean over layers, last step'], ['speed', 'tok/s', 'tokens per second, last step'], ['changed', 'when', 'last written'],
];
const sameButSeed = 'same but the seed';
const closed = new Set();

const matches = (row, words) => words.every(word => {
  const at = word.indexOf('=');
  if (at > 0) return (row.values[word.slice(0, at)] ?? '').toLowerCase() === word.slice(at + 1).toLowerCase();
  const text = word.toLowerCase();
  return [row.name, row.recipe, row.state, ...row.tags, row.notes].some(t => t.toLowerCase().includes(text));
});

// What no run's recipe has, with the nearest that some have; null where one has it.
const unknown = path => {
  const known = new Set([...runs.values()].flatMap(r => Object.keys(r.values)));
  if (!known.size || known.has(path)) return null;
  const near = [...known].find(k => k.startsWith(`${path}.`)) ?? nearest(path, known);
  return `no run has the value '${path}'${near ? `; did you mean '${near}'?` : ''}`;
};

const wordsOf = filter => filter.trim().split(/\s+/).filter(Boolean);

/** The rows that the filter lets through, in order. */
export const shown = () => {
  const words = wordsOf(state.filter), down = state.sort.startsWith('-'), key = state.sort.replace('-', '');
  const order = (a, b) => key === 'name' ? a.name.localeCompare(b.name, 'en', { numeric: true }) : (a[key] ?? -Infinity) - (b[key] ?? -Infinity);
  return [...runs.values()].filter(r => (state.archived || !r.archived) && matches(r, words)).sort((a, b) => (down ? -1 : 1) * order(a, b) || a.name.localeCompare(b.name));
};

const stateText = row => row.problem && !row.recipe ? 'broken' : row.state;

const cells = row => {
  const at = colorOf(row.name), box = el('input', { type: 'checkbox', checked: at >= 0, 'aria-label': `show ${row.name} in the curves` });
  box.addEventListener('change', () => { choose(row.name, box.checked); changed('chosen'); });
  const name = button(row.name, () => { state.run = row.name; state.tab = 'run'; changed('tab', 'list'); }, { className: 'name', title: `${row.name}: open` });
  const below = el('div', { className: 'sub' }, el('span', { className: `dot ${stateText(row)}` }), el('span', { textContent: stateText(row) }));
  if (row.recipe) below.append(el('span', { textContent: row.recipe }));
  for (const tag of row.tags) below.append(el('span', { className: 'tag', textContent: tag }));
  if (row.archived) below.append(el('span', { className: 'tag', textContent: 'archived' }));
  if (row.problem) below.append(el('span', { className: 'problem', textContent: row.problem, title: row.problem }));
  const mark = el('label', { className: at >= 0 ? `pick ${look(at)} k${Math.floor(at / 7) % 4}` : 'pick' }, box);
  return [
    el('td', {}, el('div', { className: 'who' }, mark, el('div', { className: 'label' }, name, below))),
    el('td', { className: 'num', textContent: row.steps ? `${row.step.toLocaleString('en')}/${row.steps.toLocaleString('en')}` : row.step.toLocaleString('en') }),
    ...[['loss', 3], ['bits', 3], ['maxVio', 2], ['speed', 0]].map(([k, digits]) => el('td', { className: `num ${k}`, textContent: number(row[k], digits) })),
    el('td', { className: 'num', textContent: ago(row.changed), title: row.changed > 0 ? new Date(row.changed).toLocaleString() : '' }),
  ];
};

// A row is made again only when what it shows has changed.
const made = new Map();
const line = row => {
  const sign = `${row.version}/${place(row.name)}/${colorOf(row.name)}/${state.run === row.name}/${ago(row.changed)}`, known = made.get(row.name);
  if (known?.sign === sign) return known.line;
  const focus = known && known.line.contains(document.activeElement) ? [...known.line.querySelectorAll('input,button')].indexOf(document.activeElement) : -1;
  const fresh = known?.line ?? el('tr');
  fresh.className = state.run === row.name ? 'current' : '';
  fresh.replaceChildren(...cells(row));
  if (focus >= 0) fresh.querySelectorAll('input,button')[focus]?.focus();
  made.set(row.name, { sign, line: fresh });
  return fresh;
};

const groupOf = row => state.group === sameButSeed ? row.experiment : row.values[state.group] ?? '-';

// Groups of runs that differ only in the seed, by the recipe's name; where several have the same one, with what differs between them.
const titles = groups => {
  if (state.group !== sameButSeed) return new Map([...groups.keys()].map(key => [key, `${state.group} = ${key}`]));
  const title = new Map();
  for (const [recipe, alike] of Map.groupBy(groups, ([, rows]) => rows[0].recipe || 'broken')) {
    const all = alike.map(([, rows]) => rows[0].values), paths = [...new Set(all.flatMap(v => Object.keys(v)))];
    const differing = paths.filter(p => p !== 'name' && p !== 'training.seed' && all.some(v => v[p] !== all[0][p])), short = differing.slice(0, 3);
    for (const [key, rows] of alike) {
      const what = short.map(p => `${p} = ${rows[0].values[p] ?? '-'}`).join(', ');
      title.set(key, `${recipe}${what ? `, ${what}` : ''}${differing.length > short.length ? ', …' : ''}: ${rows.length} seed${rows.length > 1 ? 's' : ''}`);
    }
  }
  return title;
};

const groupLine = (key, rows, title) => {
  const all = rows.every(r => place(r.name) >= 0), box = el('input', { type: 'checkbox', checked: all, indeterminate: !all && rows.some(r => place(r.name) >= 0) });
  box.setAttribute('aria-label', `show all of ${title}`);
  box.addEventListener('change', () => { rows.forEach(r => choose(r.name, box.checked)); changed('chosen'); });
  const fold = button(title, () => { if (!closed.delete(key)) closed.add(key); draw(); }, { className: 'fold', 'aria-expanded': String(!closed.has(key)) });
  return el('tr', { className: 'group' }, el('td', { colSpan: columns.length }, el('div', { className: 'who' }, el('label', { className: 'pick' }, box), fold, el('span', { className: 'mute', textContent: `${rows.length}` }))));
};

export const draw = () => {
  const rows = shown(), body = $('rows'), lines = [];
  const said = text => lines.push(el('tr', {}, el('td', { colSpan: columns.length, className: 'mute none', textContent: text })));
  const noGroup = state.group && state.group !== sameButSeed && runs.size ? unknown(state.group) : null;
  if (noGroup) said(`group by: ${noGroup}`);
  if (state.group && !noGroup) {
    const groups = Map.groupBy(rows, groupOf), title = titles(groups);
    for (const [key, group] of groups) {
      lines.push(groupLine(key, group, title.get(key)));
      if (!closed.has(key)) lines.push(...group.map(line));
    }
  } else lines.push(...rows.map(line));
  if (!rows.length) {
    const wrong = wordsOf(state.filter).filter(w => w.indexOf('=') > 0).map(w => unknown(w.slice(0, w.indexOf('=')))).find(Boolean);
    said(!runs.size ? 'no runs in this folder yet' : wrong ?? 'no run fits the filter');
  }
  // Only what is in another place is moved, so that focus and scrolling stay.
  lines.forEach((l, i) => { if (body.children[i] !== l) body.insertBefore(l, body.children[i] ?? null); });
  while (body.children.length > lines.length) body.lastChild.remove();
  const broken = rows.filter(r => r.problem).length;
  $('count').textContent = `${rows.length} of ${runs.size} runs, ${chosen().length} in the curves${broken ? `, ${broken} with a problem` : ''}`;
  $('clear').disabled = chosen().length === 0;
};

const heads = () => $('heads').replaceChildren(...columns.map(([key, text, title]) => {
  const sorted = state.sort.replace('-', '') === key, down = state.sort.startsWith('-');
  const head = el('th', { scope: 'col', className: key === 'name' ? '' : `num ${key}`, 'aria-sort': sorted ? down ? 'descending' : 'ascending' : 'none' });
  const sort = button(text, () => { state.sort = sorted && down ? key : `-${key}`; heads(); changed('list'); }, { title: title ?? '' });
  if (key === 'name') {
    const all = el('input', { type: 'checkbox', 'aria-label': 'show all listed runs in the curves' });
    all.addEventListener('change', () => { shown().forEach(r => choose(r.name, all.checked)); changed('chosen'); });
    head.append(el('label', { className: 'pick' }, all));
  }
  head.append(sort);
  return head;
}));

const paths = () => {
  const seen = new Map();
  for (const row of runs.values()) for (const [path, value] of Object.entries(row.values)) (seen.get(path) ?? seen.set(path, new Set()).get(path)).add(value);
  const differing = [...seen].filter(([, values]) => values.size > 1).map(([path]) => path).sort();
  $('paths').replaceChildren(...[sameButSeed, ...differing].map(p => el('option', { value: p })));
};

/** Notes, tags, archive and deletion of a run, for the tab that shows it, and what brings them to date; what is being written stays. */
export const editor = row => {
  const save = (change, said) => attempt(async () => { await post('/api/notes', { run: row.name, ...change }); tell(said); });
  const tags = el('input', { value: row.tags.join(', '), placeholder: 'tags, separated by commas', 'aria-label': 'tags' });
  const text = el('textarea', { value: row.notes, rows: 3, placeholder: 'notes', 'aria-label': 'notes' });
  const keep = button('Save tags and notes', () => save({ tags: tags.value.split(',').map(t => t.trim()).filter(Boolean), text: text.value }, 'Saved.'));
  const archive = button('', () => save({ archived: !row.archived }, row.archived ? 'Back in the list.' : 'Archived.'));
  const remove = button('Delete …', () => confirmDelete(row.name), { className: 'danger' });
  const renew = next => {
    for (const [input, before, after] of [[tags, row.tags.join(', '), next.tags.join(', ')], [text, row.notes, next.notes]]) if (input.value === before) input.value = after;
    row = next;
    archive.textContent = row.archived ? 'Take out of the archive' : 'Archive';
  };
  return { made: el('div', { className: 'editor' }, tags, text, el('div', { className: 'buttons' }, keep, archive, el('span', { className: 'grow' }), remove)), renew };
};

const confirmDelete = name => {
  const dialog = el('dialog', { 'aria-label': `delete ${name}` },
    el('h2', { textContent: `Delete ${name}?` }),
    el('p', { textContent: 'Its folder goes with its logs, checkpoints and report. This cannot be undone.' }));
  const close = () => { dialog.close(); dialog.remove(); };
  dialog.append(el('div', { className: 'buttons' }, button('Keep it', close), el('span', { className: 'grow' }), button('Delete the run', () => {
    close();
    attempt(async () => { await post('/api/delete', { run: name, confirm: name }); tell(`${name} is deleted.`); state.run = ''; changed('tab'); });
  }, { className: 'danger' })));
  document.body.append(dialog);
  dialog.addEventListener('cancel', close);
  dialog.showModal();
};

export const start = () => {
  $('filter').value = state.filter;
  $('group').value = state.group;
  $('archived').checked = state.archived;
  $('filter').addEventListener('input', e => { state.filter = e.target.value; changed('list'); });
  $('group').addEventListener('input', e => { state.group = e.target.value.trim(); changed('list'); });
  $('group').addEventListener('focus', paths);
  $('archived').addEventListener('change', e => { state.archived = e.target.checked; changed('list'); });
  $('clear').addEventListener('click', () => { chosen().forEach(n => choose(n, false)); changed('chosen'); });
  // Arrow keys go from run to run, in the column of checkboxes or of names.
  $('rows').addEventListener('keydown', e => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[e.key], kind = e.target.matches('input') ? 'input' : '.name, .fold';
    if (!step) return;
    const all = [...$('rows').querySelectorAll(kind)];
    all[all.indexOf(e.target) + step]?.focus();
    e.preventDefault();
  });
  heads();
  on(['chosen', 'list', 'rows', 'tab', 'view'], draw);
  setInterval(draw, 30000);
};
