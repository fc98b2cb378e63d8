// Elements, requests and messages: what every other module builds on.

/** An element with properties, attributes (those with a dash, and role) and children; texts are texts. */
export const el = (name, set = {}, ...children) => {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(set)) {
    if (value === null || value === undefined) continue;
    if (key.includes('-') || key === 'role' || key === 'for' || key === 'list') made.setAttribute(key, value);
    else if (key.startsWith('on')) made.addEventListener(key.slice(2), value);
    else made[key] = value;
  }
  made.append(...children.filter(c => c !== null && c !== undefined));
  return made;
};

export const button = (text, act, set = {}) => el('button', { type: 'button', textContent: text, onclick: act, ...set });

const policy = window.trustedTypes?.createPolicy('board', { createHTML: text => text });

/** Markup of the server, which has escaped every text in it, as nodes. */
export const fragment = html => {
  const holder = document.createElement('template');
  holder.innerHTML = policy ? policy.createHTML(html) : html;
  return holder.content;
};

/** A sentence that goes away by itself. */
export const tell = (sentence, bad = false) => {
  const note = el('div', { className: bad ? 'toast bad' : 'toast', textContent: sentence });
  document.getElementById('toasts').append(note);
  setTimeout(() => note.remove(), bad ? 9000 : 4000);
};

const answer = async response => {
  if (response.status === 204) return null;
  const data = await response.json().catch(() => ({ error: `the board answered ${response.status}` }));
  if (!response.ok) throw new Error(data.error ?? `the board answered ${response.status}`);
  return data;
};

export const get = async (path, query, signal) => answer(await fetch(query ? `${path}?${query}` : path, { signal }));

export const post = async (path, data, signal) =>
  answer(await fetch(path, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(data), signal }));

/** Does something that may fail and says why it did; what a newer request replaced says nothing. */
export const attempt = async (act, failed = e => tell(e.message, true)) => {
  try {
    return await act();
  } catch (e) {
    if (e.name !== 'AbortError') failed(e);
    return undefined;
  }
};

/** At most one call after another: a call that comes while one is under way follows it, with the newest arguments. */
export const oneAtATime = act => {
  let busy = false, waiting = null;
  const run = async (...args) => {
    if (busy) { waiting = args; return; }
    busy = true;
    try { await act(...args); } finally {
      busy = false;
      const next = waiting;
      waiting = null;
      if (next) run(...next);
    }
  };
  return run;
};

/** The known name that is nearest to a mistyped one; null where none is near. */
export const nearest = (name, known) => {
  const distance = (a, b) => {
    let before = Array.from({ length: b.length + 1 }, (_, j) => j);
    for (let i = 1; i <= a.length; i++) {
      const row = [i];
      for (let j = 1; j <= b.length; j++) row[j] = Math.min(before[j - 1] + (a[i - 1] === b[j - 1] ? 0 : 1), before[j] + 1, row[j - 1] + 1);
      before = row;
    }
    return before[b.length];
  };
  const [best] = [...known].map(k => [k, distance(name, k)]).sort((a, b) => a[1] - b[1]);
  return best && best[1] <= Math.max(2, Math.floor(name.length / 2)) ? best[0] : null;
};

export const number = (v, digits) => v === null || v === undefined ? '' : v.toLocaleString('en', { minimumFractionDigits: digits, maximumFractionDigits: digits });

export const ago = at => {
  const s = (Date.now() - at) / 1000;
  return at <= 0 ? '' : s < 60 ? 'now' : s < 3600 ? `${Math.floor(s / 60)} min` : s < 86400 ? `${Math.floor(s / 3600)} h` : `${Math.floor(s / 86400)} d`;
};
