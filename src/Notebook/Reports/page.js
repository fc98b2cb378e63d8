(() => {
  'use strict';
  const dark = matchMedia('(prefers-color-scheme: dark)');
  const table = () => {
    const hex = document.documentElement.dataset[dark.matches ? 'loadsDark' : 'loadsLight'];
    return Array.from({ length: 256 }, (_, i) => [0, 2, 4].map(o => parseInt(hex.substr(6 * i + o, 2), 16)));
  };
  const dead = () => dark.matches ? [88, 94, 105] : [201, 201, 196];
  const short = v => Math.abs(v) >= 1e4 ? v.toLocaleString('en', { maximumFractionDigits: 0 }) : String(+v.toPrecision(4));

  for (const root of document.querySelectorAll('[data-heat]')) {
    const data = JSON.parse(root.querySelector('script').textContent);
    const raw = atob(data.cells), size = data.layers * data.experts;
    const cells = Uint8Array.from(raw, c => c.charCodeAt(0));
    const canvas = root.querySelector('canvas.heat'), draw = canvas.getContext('2d');
    const range = root.querySelector('input'), label = root.querySelector('output');
    const play = root.querySelector('button'), order = root.querySelector('select'), read = root.querySelector('.read');
    const perCell = Math.max(1, Math.round(1160 / data.experts));
    const tall = Math.max(4, Math.min(26, Math.round(perCell * 1.1), Math.round(420 / data.layers)));
    canvas.width = data.experts * perCell;
    canvas.height = data.layers * tall;
    let sorted = null, timer = 0, hover = null;
    const value = q => q === 255 ? NaN : data.log && q === 0 ? 0 : data.low + (q - 1) / 253 * (data.high - data.low);
    const place = (layer, column) => layer * data.experts + (sorted ? sorted[layer][column] : column);
    const sort = frame => Array.from({ length: data.layers }, (_, l) =>
      Array.from({ length: data.experts }, (_, e) => e).sort((a, b) => cells[frame * size + l * data.experts + b] - cells[frame * size + l * data.experts + a] || a - b));
    const paint = () => {
      const frame = +range.value, colors = table(), none = dead();
      if (order.value === 'now') sorted = sort(frame);
      draw.clearRect(0, 0, canvas.width, canvas.height);
      const gap = perCell > 6 ? 1 : 0;
      for (let l = 0; l < data.layers; l++)
        for (let e = 0; e < data.experts; e++) {
          const q = cells[frame * size + place(l, e)];
          if (q === 255) continue;
          const [r, g, b] = data.log && q === 0 ? none : colors[Math.round((Math.max(q, 1) - 1) * 255 / 253)];
          draw.fillStyle = `rgb(${r},${g},${b})`;
          draw.fillRect(e * perCell, l * tall, perCell - gap, tall - (tall > 6 ? 1 : 0));
        }
      label.textContent = 'step ' + data.steps[frame].toLocaleString('en');
      tell();
    };
    const tell = () => {
      if (!hover) { read.textContent = ''; return; }
      const [l, c] = hover, at = place(l, c), q = cells[+range.value * size + at], v = value(q);
      const text = q === 255 ? 'no tokens in this layer' : data.log ? (q === 0 ? 'no token' : (2 ** v).toFixed(2) + 'x an even load' + (q === 254 ? ' or more' : q === 1 ? ' or less' : '')) : (v > 0 ? '+' : '') + v.toFixed(2) + ' even loads';
      read.textContent = `layer ${l}, expert ${at - l * data.experts}: ${text}`;
    };
    canvas.addEventListener('pointermove', e => {
      const box = canvas.getBoundingClientRect();
      const l = Math.floor((e.clientY - box.top) / box.height * data.layers), c = Math.floor((e.clientX - box.left) / box.width * data.experts);
      hover = l >= 0 && l < data.layers && c >= 0 && c < data.experts ? [l, c] : null;
      tell();
    });
    canvas.addEventListener('pointerleave', () => { hover = null; tell(); });
    range.addEventListener('input', paint);
    order.addEventListener('change', () => {
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
        if (+range.value === +range.max) play.click();
      }, Math.max(40, 8000 / data.steps.length));
    });
    const key = root.querySelector('.key canvas'), bar = key.getContext('2d');
    const legend = () => table().forEach(([r, g, b], i) => { bar.fillStyle = `rgb(${r},${g},${b})`; bar.fillRect(i, 0, 1, 1); });
    key.width = 256; key.height = 1;
    legend(); paint();
    dark.addEventListener('change', () => { legend(); paint(); });
  }

  for (const figure of document.querySelectorAll('figure[data-curves]')) {
    const data = JSON.parse(figure.querySelector('script').textContent), svg = figure.querySelector('svg.ml');
    if (!svg || !data.x.length) continue;
    const [left, top, right, bottom, low, high] = svg.dataset.plot.split(' ').map(Number);
    const tip = document.createElement('div'), hair = document.createElement('div');
    tip.className = 'tip'; hair.className = 'hair'; tip.hidden = hair.hidden = true;
    figure.append(hair, tip);
    const hide = () => { tip.hidden = hair.hidden = true; };
    svg.addEventListener('pointerleave', hide);
    svg.addEventListener('pointermove', e => {
      const box = svg.getBoundingClientRect(), scale = box.width / svg.viewBox.baseVal.width, outer = figure.getBoundingClientRect();
      const x = low + ((e.clientX - box.left) / scale - left) / (right - left) * (high - low);
      if (x < low - (high - low) / 50 || x > high + (high - low) / 50) { hide(); return; }
      let at = 0;
      data.x.forEach((v, i) => { if (Math.abs(v - x) < Math.abs(data.x[at] - x)) at = i; });
      tip.replaceChildren(Object.assign(document.createElement('b'), { textContent: `${data.label} ${data.x[at].toLocaleString('en')}` }));
      for (const s of data.series.slice(0, 14)) {
        let i = at;
        while (i > 0 && s.y[i] === null) i--;
        if (s.y[i] === null) continue;
        const row = document.createElement('div'), dot = document.createElement('i');
        dot.style.background = getComputedStyle(svg).getPropertyValue('--' + s.color);
        row.append(dot, `${s.name}  ${short(s.y[i])}`);
        tip.append(row);
      }
      tip.hidden = hair.hidden = false;
      const px = box.left - outer.left + figure.scrollLeft + (left + (data.x[at] - low) / (high - low) * (right - left)) * scale;
      hair.style.cssText = `left:${px}px;top:${box.top - outer.top + top * scale}px;height:${(bottom - top) * scale}px`;
      tip.style.top = (box.top - outer.top + top * scale + 4) + 'px';
      tip.style.left = (px + 14 + tip.offsetWidth > outer.width ? px - 14 - tip.offsetWidth : px + 14) + 'px';
    });
  }
})();
