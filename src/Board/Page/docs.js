// The documentation's search: results as one types, from the board itself.
import { fragment } from '/dom.js';

const box = document.getElementById('search'), hits = document.getElementById('hits'), article = document.querySelector('article');
const side = document.querySelector('.side');
if (matchMedia('(max-width:760px)').matches) side.open = false;
document.querySelector('nav [aria-current]')?.scrollIntoView({ block: 'nearest' });

let latest = null;
const search = async () => {
  const query = box.value.trim();
  latest?.abort();
  history.replaceState(null, '', query ? `?q=${encodeURIComponent(query)}` : location.pathname + location.hash);
  hits.hidden = !query;
  article.hidden = !!query;
  if (!query) return;
  latest = new AbortController();
  try {
    const answer = await fetch(`/api/docs?q=${encodeURIComponent(query)}`, { signal: latest.signal });
    const found = fragment(await answer.text());
    hits.dataset.query = query;
    hits.replaceChildren(answer.ok ? found : `the board answered ${answer.status}`);
  } catch (e) {
    if (e.name !== 'AbortError') hits.replaceChildren('the board does not answer; it may have stopped');
  }
};

const links = () => [...hits.querySelectorAll('a')];
box.addEventListener('input', search);
// A result on this very page only changes the address behind the hash: the text has to come back.
hits.addEventListener('click', e => { if (e.target.closest('a')?.pathname === location.pathname) { box.value = ''; hits.hidden = true; article.hidden = false; } });
addEventListener('keydown', e => {
  const at = links().indexOf(document.activeElement);
  if (e.key === '/' && document.activeElement !== box) { e.preventDefault(); box.focus(); box.select(); }
  else if (e.key === 'Escape' && (document.activeElement === box || at >= 0)) { box.value = ''; box.focus(); search(); }
  else if (e.key === 'Enter' && document.activeElement === box) links()[0]?.click();
  else if ((e.key === 'ArrowDown' || e.key === 'ArrowUp') && (document.activeElement === box || at >= 0) && links().length) {
    e.preventDefault();
    const next = at + (e.key === 'ArrowDown' ? 1 : -1);
    if (next < 0) box.focus(); else links()[Math.min(next, links().length - 1)].focus();
  }
});
const asked = new URLSearchParams(location.search).get('q');
if (asked) { box.value = asked; search(); }
