// Brings every figure of the document to life that is not yet: heatmaps with a slider, curves with a crosshair.
// SCALES stands for the control points of the colour scales, which the static pictures are drawn with too.
(() => {
  'use strict';
  const scales = SCALES;
  const system = matchMedia('(prefers-color-scheme: dark)');
  const isDark = root => {
    const jupyter = root.closest('[data-jp-theme-light]');
    if (jupyter) return jupyter.dataset.jpThemeLight === 'false';
    if (root.closest('.vscode-dark, .vscode-high-contrast')) return true;
    return root.closest('.vscode-light') ? false : system.matches;
  };
  const onTheme = (root, act) => {
    system.addEventListener('change', act);
    const watch = new MutationObserver(() => root.isConnected ? act() : watch.disconnect());
    watch.observe(document.body, { attributes: true, attributeFilter: ['data-jp-theme-light', 'class'] });
  };
  const blend = points => Array.from({ length: 256 }, (_, i) => {
    const at = i / 255 * (points.length - 1), left = Math.min(Math.floor(at), points.length - 2);
    return points[left].map((v, c) => Math.round(v + (points[left + 1][c] - v) * (at - left)));
  });
  const tables = {};
  const table = (name, dark) => tables[name + dark] ??= blend(scales[name + (dark ? 'Dark' : 'Light')]);
  const short = v => Math.abs(v) >= 1e4 ? v.toLocaleString('en', { maximumFractionDigits: 0 }) : String(+v.toPrecision(4));

  const heat = root => {
    const data = JSON.parse(root.querySelector('script[type="application/json"]').textContent);
    const size = data.layers * data.experts, bytes = text => Uint8Array.from(atob(text), c => c.charCodeAt(0));
    const flat = bytes(data.cells);
    let cells = data.steps.map((_, i) => flat.subarray(i * size, (i + 1) * size));
    const canvas = root.querySelector('canvas.heat'), draw = canvas.getContext('2d');
    const range = root.querySelector('input'), label = root.querySelector('output'), read = root.querySelector('.read');
    const play = root.querySelector('button'), order = root.querySelector('select.order'), what = root.querySelector('select.what');
    const perCell = Math.max(1, Math.round(1160 / data.experts));
    const tall = Math.max(4, Math.min(26, Math.round(perCell * 1.1), Math.round(Math.max(420, 12 * data.layers) / data.layers)));
    canvas.width = data.experts * perCell;
    canvas.height = data.layers * tall;
    const ends = [...root.querySelectorAll('.axes .x span')], numbered = ends.map(e => e.textContent);
    let sorted = null, timer = 0, hover = null, most = 0;
    const value = q => q === 255 ? NaN : data.log && q === 0 ? 0 : data.low + (q - 1) / 253 * (data.high - data.low);
    const absolute = () => what !== null && what.value === 'absolute';
    const tokens = (frame, layer, q) => q === 255 ? NaN : q === 0 ? 0 : data.means[frame][layer] * 2 ** value(q);
    const largest = () => {
      if (!most) cells.forEach((frame, f) => frame.forEach((q, i) => { most = Math.max(most, tokens(f, Math.floor(i / data.experts), q) || 0); }));
      return most || 1;
    };
    const place = (layer, column) => layer * data.experts + (sorted ? sorted[layer][column] : column);
    const sort = frame => Array.from({ length: data.layers }, (_, l) =>
      Array.from({ length: data.experts }, (_, e) => e).sort((a, b) => cells[frame][l * data.experts + b] - cells[frame][l * data.experts + a] || a - b));
    const tell = () => {
      if (!hover) { read.textContent = ''; return; }
      const frame = +range.value, [l, c] = hover, at = place(l, c), q = cells[frame][at], v = value(q);
      const edge = q === 254 ? ' or more' : q === 1 ? ' or less' : '';
      const text = q === 255 ? data.words.nothing : data.log
        ? q === 0 ? data.words.none : absolute() ? `${short(Math.round(tokens(frame, l, q)))} tokens${edge}` : `${(2 ** v).toFixed(2)}x ${data.words.even}${edge}`
        : `${v > 0 ? '+' : ''}${v.toFixed(2)} ${data.words.unit}`;
      read.textContent = `${data.words.row} ${data.rows ? data.rows[l] : l}, ${data.words.column} ${at - l * data.experts}: ${text}`;
    };
    const paint = () => {
      const frame = +range.value, dark = isDark(root), all = absolute(), most = all ? largest() : 0;
      const colors = table(all ? 'amounts' : 'loads', dark), none = scales[dark ? 'noneDark' : 'noneLight'];
      if (order && order.value === 'now') sorted = sort(frame);
      ends.forEach((e, i) => { e.textContent = sorted ? [data.words.most, data.words.least][i] : numbered[i]; });
      draw.clearRect(0, 0, canvas.width, canvas.height);
      const gap = perCell > 6 ? 1 : 0;
      for (let l = 0; l < data.layers; l++)
        for (let e = 0; e < data.experts; e++) {
          const q = cells[frame][place(l, e)];
          if (q === 255) continue;
          const at = all ? tokens(frame, l, q) / most * 255 : (Math.max(q, 1) - 1) * 255 / 253;
          const [r, g, b] = data.log && q === 0 ? none : colors[Math.round(at)];
          draw.fillStyle = `rgb(${r},${g},${b})`;
          draw.fillRect(e * perCell, l * tall, perCell - gap, tall - (tall > 6 ? 1 : 0));
        }
      label.textContent = `${data.words.frame} ${data.steps[frame].toLocaleString('en')}`;
      tell();
    };
    const key = root.querySelector('.key canvas'), bar = key.getContext('2d');
    key.width = 256;
    key.height = 1;
    const legend = () => {
      table(absolute() ? 'amounts' : 'loads', isDark(root)).forEach(([r, g, b], i) => { bar.fillStyle = `rgb(${r},${g},${b})`; bar.fillRect(i, 0, 1, 1); });
      root.querySelector('.low').textContent = absolute() ? '0' : data.words.low;
      root.querySelector('.high').textContent = absolute() ? short(Math.round(largest())) + ' tokens' : data.words.high;
      root.querySelector('.middle').hidden = absolute();
    };
    const show = () => { legend(); paint(); };
    canvas.addEventListener('pointermove', e => {
      const box = canvas.getBoundingClientRect();
      const l = Math.floor((e.clientY - box.top) / box.height * data.layers), c = Math.floor((e.clientX - box.left) / box.width * data.experts);
      hover = l >= 0 && l < data.layers && c >= 0 && c < data.experts ? [l, c] : null;
      tell();
    });
    canvas.addEventListener('pointerleave', () => { hover = null; tell(); });
    range.addEventListener('input', paint);
    if (what) what.addEventListener('change', show);
    if (order) order.addEventListener('change', () => {
      sorted = order.value === 'last' ? sort(data.steps.length - 1) : null;
      paint();
    });
    play.addEventListener('click', () => {
      if (timer) { clearInterval(timer); timer = 0; play.textContent = 'Play'; return; }
      if (+range.value === +range.max) range.value = 0;
      play.textContent = 'Stop';
      timer = setInterval(() => {
        range.value = +range.value + 1;
        paint();
        if (+range.value === +range.max || !root.isConnected) play.click();
      }, Math.max(40, 8000 / data.steps.length));
    });
    // A frame more, of a run that is still training; beyond 400 every second one goes.
    root.add = (step, text, means) => {
      if (step <= data.steps[data.steps.length - 1]) return;
      const follows = +range.value === +range.max, shown = data.steps[+range.value];
      cells.push(bytes(text));
      data.steps.push(step);
      if (data.means) data.means.push(means);
      if (data.steps.length > 400) {
        const kept = (_, i) => i % 2 === 0;
        cells = cells.filter(kept);
        data.steps = data.steps.filter(kept);
        if (data.means) data.means = data.means.filter(kept);
      }
      most = 0;
      range.max = data.steps.length - 1;
      root.show(follows ? step : shown);
    };
    root.show = step => {
      let at = 0;
      data.steps.forEach((s, i) => { if (s <= step) at = i; });
      range.value = at;
      if (order && order.value === 'last') sorted = sort(data.steps.length - 1);
      show();
    };
    root.querySelector('.still').hidden = true;
    root.querySelector('.live').hidden = false;
    show();
    onTheme(root, show);
  };

  // Pictures of which a slider shows one.
  const pages = root => {
    const range = root.querySelector('input'), label = root.querySelector('output'), all = [...root.querySelectorAll('.page')];
    const show = () => {
      all.forEach((page, i) => { page.hidden = i !== +range.value; });
      label.textContent = all[+range.value].dataset.label;
    };
    range.addEventListener('input', show);
    root.querySelector('.slider').hidden = false;
    show();
  };

  const lab = window.moelab ??= {};
  lab.live = root => {
    root.dataset.ready = '';
    // Drawn in the page, pictures follow its colours; as images they survive a front end that trusts no drawing.
    for (const image of root.querySelectorAll('img[data-svg]')) {
      const bytes = Uint8Array.from(atob(image.src.split(',')[1]), c => c.charCodeAt(0));
      const svg = new DOMParser().parseFromString(new TextDecoder().decode(bytes), 'image/svg+xml').documentElement;
      svg.querySelector('style').remove();
      image.replaceWith(document.importNode(svg, true));
    }
    for (const part of root.matches('[data-heat],[data-curves]') ? [root] : root.querySelectorAll('[data-heat],[data-curves],[data-pages]'))
      (part.hasAttribute('data-heat') ? heat : part.hasAttribute('data-pages') ? pages : lab.chart)(part);
  };
  for (const root of document.querySelectorAll('.moelab:not([data-ready])')) lab.live(root);
})();
