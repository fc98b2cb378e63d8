// Saving a picture: its format, and its size and letters as a paper needs them.
import { button, el } from './dom.js';

const kept = JSON.parse(localStorage.getItem('moelab-save') ?? '{}');

/** Asks how, then downloads. `query` gives the figure's query with further keys. */
export const openSave = (figure, title, query, tall) => {
  const field = (key, text, value, extra = {}) => {
    const input = el('input', { type: 'number', value: kept[key] ?? value, ...extra });
    input.dataset.key = key;
    return el('label', {}, el('span', { textContent: text }), input);
  };
  const theme = el('select', {}, el('option', { value: 'light', textContent: 'light' }), el('option', { value: 'dark', textContent: 'dark' }));
  theme.dataset.key = 'theme';
  theme.value = kept.theme ?? 'light';
  const fields = el('div', { className: 'fields' }, field('width', 'width, pixels', 640, { min: 200, max: 8000 }),
    tall ? field('height', 'height, pixels', 360, { min: 120, max: 8000 }) : null,
    field('font', 'letters, pixels', 12, { min: 5, max: 60, step: 0.5 }), field('scale', 'PNG: pixels per pixel', 2, { min: 0.25, max: 8, step: 0.25 }),
    el('label', {}, el('span', { textContent: 'colours' }), theme));
  const dialog = el('dialog', { 'aria-label': `save ${title}` }, el('h2', { textContent: `Save ${title}` }), fields);
  const close = () => { dialog.close(); dialog.remove(); };
  const save = format => {
    const size = {};
    for (const input of fields.querySelectorAll('[data-key]')) if (input.value !== '') size[input.dataset.key] = input.value;
    localStorage.setItem('moelab-save', JSON.stringify(Object.assign(kept, size)));
    const link = el('a', { href: `/save/${figure}.${format}?${query(size)}`, download: '' });
    document.body.append(link);
    link.click();
    link.remove();
    close();
  };
  dialog.append(el('div', { className: 'buttons' }, ...['svg', 'png', 'csv'].map(f => button(f.toUpperCase(), () => save(f))), el('span', { className: 'grow' }), button('Cancel', close)));
  document.body.append(dialog);
  dialog.addEventListener('cancel', close);
  dialog.showModal();
};
