// Line charts, drawn at the width that they have: the static picture that stands there first has one size for all pages.
(() => {
  'use strict';
  const lab = window.moelab ??= {};
  const html = t => String(t).replace(/[&<>"]/g, c => `&#${c.charCodeAt(0)};`);
  const n = v => String(Math.round(v * 10) / 10);

  // The same rules as the static pictures have: round positions, short labels, smoothing, thinning.
  const spacing = (low, high, count, whole) => {
    const rough = (high - low) / Math.max(1, count), power = 10 ** Math.floor(Math.log10(rough)), r = rough / power;
    const step = power * (r < 1.5 ? 1 : r < 3.5 ? 2 : r < 7.5 ? 5 : 10);
    return whole ? Math.max(1, step) : step;
  };
  const nice = (low, high, count, whole) => {
    const step = spacing(low, high, count, whole), first = Math.ceil(low / step - 1e-9), last = Math.floor(high / step + 1e-9);
    return Array.from({ length: Math.max(0, Math.min(100, last - first + 1)) }, (_, i) => (first + i) * step);
  };
  const short = v => {
    const a = Math.abs(v), cut = (x, digits) => String(+x.toFixed(digits));
    return a === 0 ? '0' : a >= 1e9 ? cut(v / 1e9, 2) + 'G' : a >= 1e6 ? cut(v / 1e6, 2) + 'M' : a >= 1e4 ? cut(v / 1e3, 2) + 'k'
      : a >= 1e3 ? Math.round(v).toLocaleString('en') : a < 1e-3 ? v.toExponential(0) : cut(v, 4);
  };
  const labels = ticks => {
    const told = ticks.map(short);
    if (new Set(told).size === told.length) return told;
    const digits = Math.max(0, Math.min(12, Math.ceil(-Math.log10(ticks[1] - ticks[0]) - 1e-9)));
    return ticks.map(t => t.toLocaleString('en', { minimumFractionDigits: digits, maximumFractionDigits: digits }));
  };
  const finite = v => v !== null && Number.isFinite(v);
  const smooth = y => {
    const half = Math.floor(y.length / 80), sums = [0], counts = [0];
    y.forEach((v, i) => { sums.push(sums[i] + (finite(v) ? v : 0)); counts.push(counts[i] + (finite(v) ? 1 : 0)); });
    return y.map((_, i) => {
      const reach = Math.min(half, i, y.length - 1 - i), a = i - reach, b = i + reach + 1;
      return counts[b] > counts[a] ? (sums[b] - sums[a]) / (counts[b] - counts[a]) : null;
    });
  };
  const thin = (y, most) => {
    if (y.length <= most) return y.map((_, i) => i);
    const kept = new Set([0, y.length - 1]), parts = Math.floor(most / 2);
    for (let s = 0; s < parts; s++) {
      let from = Math.floor(s * y.length / parts), low = from, high = from;
      for (let i = from; i < Math.floor((s + 1) * y.length / parts); i++) {
        if (y[i] < y[low]) low = i;
        if (y[i] > y[high]) high = i;
      }
      kept.add(low).add(high);
    }
    return [...kept].sort((a, b) => a - b);
  };
  // A series as its line goes: smoothed here, or, of a thinned series, smoothed before it was thinned.
  const drawn = s => s.sx ? [s.sx, s.sy] : [s.x, s.style === 'Smoothed' || s.even ? smooth(s.y) : s.y];

  const range = model => {
    let [x0, x1, y0, y1] = [Infinity, -Infinity, Infinity, -Infinity], whole = true;
    const wide = x => { x0 = Math.min(x0, x); x1 = Math.max(x1, x); whole &&= Number.isInteger(x); };
    const tall = y => { if (finite(y)) { y0 = Math.min(y0, y); y1 = Math.max(y1, y); } };
    for (const s of model.series) s.x.forEach((x, i) => { wide(x); tall(s.y[i]); });
    for (const b of model.bands ?? []) b.x.forEach((x, i) => { wide(x); tall(b.low[i]); tall(b.high[i]); });
    model.markers.forEach(m => wide(m[0]));
    const single = x1 <= x0 ? x0 : null;
    if (single !== null) [x0, x1] = [x0 - .5, x1 + .5];
    if (model.zero) y0 = Math.min(0, y0);
    if (y1 <= y0) { const by = Math.max(Math.abs(y0) * .1, 1e-9); if (y0 === 0) y1 = 1; else { y0 -= by; y1 = y0 + 2 * by; } }
    const margin = (y1 - y0) * .05;
    return { x0, x1, y0: model.zero && y0 >= 0 ? 0 : y0 - margin, y1: y1 + margin, single, whole };
  };
  const shapes = {
    alert: (x, y) => [`M${n(x)} ${n(y - 6)}l6 11h-12z`, 'c1'], checkpoint: (x, y) => [`M${n(x - 1)} ${n(y - 4)}h2v8h-2z`, 'c6'],
    stop: (x, y) => [`M${n(x - 4)} ${n(y - 4)}h8v8h-8z`, 'c3'], restart: (x, y) => [`M${n(x - 4)} ${n(y - 5)}l8 5l-8 5z`, 'c2'],
    other: (x, y) => [`M${n(x)} ${n(y - 6)}l6 6l-6 6l-6 -6z`, 'c0'],
  };
  Object.assign(shapes, { skip: shapes.alert, pause: shapes.stop });

  const ruler = document.createElement('canvas').getContext('2d');
  const length = t => { ruler.font = "11px system-ui,-apple-system,'Segoe UI',Roboto,Helvetica,Arial,sans-serif"; return ruler.measureText(t).width; };
  const wrap = (text, width) => {
    const lines = [''];
    for (const word of text.split(' ')) {
      const longer = lines[lines.length - 1] + (lines[lines.length - 1] ? ' ' : '') + word;
      if (lines[lines.length - 1] && length(longer) > width) lines.push(word); else lines[lines.length - 1] = longer;
    }
    return lines;
  };

  const markup = (model, W) => {
    const out = [], left = 52, right = W - 20, title = model.title ? 26 : 8;
    const line = (a, b, c, d, k) => out.push(`<line x1="${n(a)}" y1="${n(b)}" x2="${n(c)}" y2="${n(d)}" class="${k}"/>`);
    const text = (x, y, t, k, anchor = 'start') => out.push(`<text x="${n(x)}" y="${n(y)}" class="${k}" text-anchor="${anchor}">${html(t)}</text>`);
    if (model.title) text(4, 18, model.title, 't');
    if (!model.series.some(s => s.y.some(finite))) {
      const H = Math.min(model.h, 120);
      text(W / 2, (title + H) / 2, model.nothing ?? 'not logged yet', 's', 'middle');
      return { H, inside: out.join(''), plot: '' };
    }
    const { x0, x1, y0, y1, single, whole } = range(model);
    let entries = [...(model.bands ?? []).map(b => [b.name, b]), ...model.series.map(s => [s.name, s])].filter(e => e[0]);
    if (entries.length > 9 && !model.all) entries = [entries[0], entries[entries.length >> 1], entries[entries.length - 1]];
    const rows = [];
    let row = 0, at = 4;
    if (entries.length > 1 || (model.bands ?? []).length) for (const [name, s] of entries) {
      const width = 30 + length(name);
      if (at + width > right && at > 4) { row++; at = 4; }
      rows.push([name, s, row, at]);
      at += width;
    }
    const head = (rows.length ? row + 1 : 0) * 17, said = model.y ? wrap(model.y, right - 4) : [];
    const top = title + head + (said.length ? 5 + 14 * said.length : rows.length ? 8 : 0);
    const lane = model.markers.length ? 20 : 0, tall = Math.min(model.h - title - 53 - lane, Math.max(120, .7 * W));
    const bottom = top + tall, H = bottom + 34 + lane;
    const X = x => left + (x - x0) / (x1 - x0) * (right - left), Y = y => Math.max(top - 3, Math.min(bottom + 3, bottom - (y - y0) / (y1 - y0) * (bottom - top)));
    for (const [name, s, r, x] of rows) {
      const y = title + 3 + 17 * r;
      if (s.high) out.push(`<g opacity="${s.opacity + .05}"><rect x="${n(x)}" y="${n(y - 4)}" width="16" height="8" class="b-${s.color}"/></g>`);
      else line(x, y, x + 16, y, `l ${s.style === 'Dashed' ? 'd ' : ''}${s.color}`);
      text(x + 21, y + 4, name, '');
    }
    said.forEach((t, i) => text(4, top - 10 - 14 * (said.length - 1 - i), t, 's'));
    const up = nice(y0, y1, 5), told = labels(up);
    up.forEach((t, i) => { line(left, Y(t), right, Y(t), 'g'); text(left - 7, Y(t) + 4, told[i], 's', 'end'); });
    line(left, bottom, right, bottom, 'ax');
    const along = single !== null ? [single] : nice(x0, x1, Math.floor(W / 95), whole), names = labels(along);
    along.forEach((t, i) => { line(X(t), bottom, X(t), bottom + 4, 'ax'); text(X(t), bottom + 16, names[i], 's', 'middle'); });
    text(right, bottom + 30, model.label, 's', 'end');
    if (lane) {
      text(4, H - 5, 'events', 's');
      line(left, H - 9, right, H - 9, 'g');
      for (const [x, kind, what] of model.markers) {
        const [shape, color] = (shapes[kind] ?? shapes.other)(X(x), H - 9);
        if (kind !== 'checkpoint') line(X(x), top, X(x), bottom, 'ev');
        out.push(`<path d="${shape}" class="b-${color}"><title>${html(what)}</title></path>`);
      }
    }
    for (const b of model.bands ?? []) {
      const edge = (y, order) => order.map(i => `${n(X(b.x[i]))} ${n(Y(y[i]))}`), on = b.x.map((_, i) => i).filter(i => finite(b.low[i]) && finite(b.high[i]));
      if (on.length > 1) out.push(`<path d="M${[...edge(b.high, on), ...edge(b.low, [...on].reverse())].join('L')}Z" class="b-${b.color}" opacity="${b.opacity}"/>`);
    }
    const path = (x, y, k) => {
      let d = '', pen = 'M';
      for (const i of thin(y, 720)) {
        if (!finite(y[i])) { pen = 'M'; continue; }
        d += `${pen}${n(X(x[i]))} ${n(Y(y[i]))}`;
        pen = 'L';
      }
      if (d) out.push(`<path d="${d}" class="${k}"/>`);
    };
    for (const s of model.series) {
      if (s.style === 'Smoothed') path(s.x, s.y, 'f ' + s.color);
      path(...drawn(s), `l ${s.style === 'Dashed' ? 'd ' : ''}${s.color}`);
      if (s.style === 'Dots' || s.x.length === 1)
        for (const i of thin(s.y, 120)) if (finite(s.y[i])) out.push(`<circle cx="${n(X(s.x[i]))}" cy="${n(Y(s.y[i]))}" r="2.6" class="b-${s.color}"/>`);
    }
    return { H, inside: out.join(''), plot: `${n(left)} ${n(top)} ${n(right)} ${n(bottom)} ${x0} ${x1} ${y0} ${y1}` };
  };

  // Reads the values under the pointer. What it says stays inside the figure, so that nothing on the page moves.
  const hair = (figure, svg, read) => {
    const tip = document.createElement('div'), mark = document.createElement('div');
    tip.className = 'tip';
    mark.className = 'hair';
    tip.hidden = mark.hidden = true;
    figure.append(mark, tip);
    const hide = () => { tip.hidden = mark.hidden = true; };
    svg.addEventListener('pointerleave', hide);
    svg.addEventListener('pointermove', e => {
      const data = read();
      if (!data.x.length || !svg.dataset.plot) return;
      const [left, top, right, bottom, low, high, y0, y1] = svg.dataset.plot.split(' ').map(Number);
      const box = svg.getBoundingClientRect(), scale = box.width / svg.viewBox.baseVal.width, outer = figure.getBoundingClientRect();
      const x = low + ((e.clientX - box.left) / scale - left) / (right - left) * (high - low);
      if (x < low - (high - low) / 50 || x > high + (high - low) / 50) { hide(); return; }
      let at = 0;
      data.x.forEach((v, i) => { if (Math.abs(v - x) < Math.abs(data.x[at] - x)) at = i; });
      const y = y1 - ((e.clientY - box.top) / scale - top) / (bottom - top) * (y1 - y0);
      let lines = data.series.map((s, order) => {
        let i = at;
        while (i > 0 && !finite(s.y[i])) i--;
        return { s, order, v: s.y[i] };
      }).filter(l => finite(l.v));
      // Of many curves those nearest to the pointer.
      const room = Math.max(3, Math.floor((outer.height - 56) / 18)), others = lines.length - room;
      if (others > 0) lines = lines.sort((a, b) => Math.abs(a.v - y) - Math.abs(b.v - y)).slice(0, room).sort((a, b) => a.order - b.order);
      tip.replaceChildren(Object.assign(document.createElement('b'), { textContent: `${data.label} ${data.x[at].toLocaleString('en')}` }));
      for (const { s, v } of lines) {
        const one = document.createElement('div'), dot = document.createElement('i');
        dot.style.background = getComputedStyle(svg).getPropertyValue('--' + s.color.split(' ')[0]);
        one.append(dot, `${s.name || data.what}  ${Math.abs(v) >= 1e4 ? v.toLocaleString('en', { maximumFractionDigits: 0 }) : String(+v.toPrecision(4))}`);
        tip.append(one);
      }
      if (others > 0) tip.append(Object.assign(document.createElement('div'), { className: 'mute', textContent: `and ${others} more` }));
      tip.hidden = mark.hidden = false;
      const px = box.left - outer.left + (left + (data.x[at] - low) / (high - low) * (right - left)) * scale;
      mark.style.cssText = `left:${px}px;top:${box.top - outer.top + top * scale}px;height:${(bottom - top) * scale}px`;
      const beside = px + 14 + tip.offsetWidth > outer.width ? px - 14 - tip.offsetWidth : px + 14;
      tip.style.left = Math.max(0, Math.min(beside, outer.width - tip.offsetWidth)) + 'px';
      tip.style.top = Math.max(0, Math.min(box.top - outer.top + top * scale + 4, outer.height - tip.offsetHeight)) + 'px';
    });
  };

  // Brings a chart to life; returns what draws it again after its model has changed.
  lab.chart = (figure, model) => {
    const svg = figure.querySelector('svg.ml') ?? figure.insertBefore(document.createElementNS('http://www.w3.org/2000/svg', 'svg'), figure.querySelector('script'));
    svg.setAttribute('class', 'ml fit');
    let width = 0, joined = null;
    const draw = () => {
      const now = Math.round(svg.getBoundingClientRect().width);
      if (now < 40) return;
      width = now;
      const { H, inside, plot } = markup(model, Math.max(220, now));
      const wide = Math.max(220, now);
      for (const [name, value] of [['viewBox', `0 0 ${wide} ${n(H)}`], ['width', wide], ['height', n(H)]]) svg.setAttribute(name, value);
      svg.innerHTML = inside;
      svg.dataset.plot = plot;
    };
    const read = () => {
      if (joined) return joined;
      const shown = model.series.filter(s => s.name || model.series.length === 1), rows = new Map();
      shown.forEach((s, c) => {
        const [sx, sy] = drawn(s);
        sx.forEach((x, i) => { if (!rows.has(x)) rows.set(x, new Array(shown.length).fill(null)); rows.get(x)[c] = sy[i]; });
      });
      const x = [...rows.keys()].sort((a, b) => a - b);
      return joined = { label: model.label, what: model.y, x, series: shown.map((s, c) => ({ name: s.name, color: s.color, y: x.map(v => rows.get(v)[c]) })) };
    };
    hair(figure, svg, read);
    draw();
    new ResizeObserver(() => requestAnimationFrame(() => { if (Math.abs(svg.getBoundingClientRect().width - width) >= 1) draw(); })).observe(figure);
    return next => { model = next ?? model; joined = null; draw(); };
  };
})();
