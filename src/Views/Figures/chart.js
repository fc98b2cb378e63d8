// Line charts: the drawing is moved to the width that it has, takes new points, and tells the values under the pointer.
(() => {
  'use strict';
  const lab = window.moelab ??= {};
  const n = v => String(Math.round(v * 10) / 10);
  const set = (element, values) => { for (const [name, value] of Object.entries(values)) element.setAttribute(name, value); };

  // Whether a series has not ended before a position: at most one of its own steps behind its last value.
  const reaches = (x, s, at) => {
    s.last ??= s.y.findLastIndex(v => v !== null);
    s.before ??= s.y.findLastIndex((v, i) => i < s.last && v !== null);
    return at <= s.last || s.before < 0 || x[at] - x[s.last] < x[s.last] - x[s.before];
  };

  // Reads the values under the pointer. What it says stays inside the figure, so that nothing on the page moves.
  const hair = lab.hair = (figure, svg, seen, read) => {
    const tip = document.createElement('div'), mark = document.createElement('div');
    tip.className = 'tip';
    mark.className = 'hair';
    tip.hidden = mark.hidden = true;
    figure.append(mark, tip);
    const hide = () => { tip.hidden = mark.hidden = true; };
    svg.addEventListener('pointerleave', hide);
    svg.addEventListener('pointermove', e => {
      const data = read(), { left, right, top, bottom, view: [low, high, y0, y1] } = seen();
      if (!data.x.length) return;
      const box = svg.getBoundingClientRect(), outer = figure.getBoundingClientRect();
      const x = low + (e.clientX - box.left - left) / (right - left) * (high - low);
      if (x < low - (high - low) / 50 || x > high + (high - low) / 50) { hide(); return; }
      let at = 0;
      data.x.forEach((v, i) => { if (Math.abs(v - x) < Math.abs(data.x[at] - x)) at = i; });
      const y = y1 - (e.clientY - box.top - top) / (bottom - top) * (y1 - y0), scaled = v => data.log ? Math.log10(v) : v;
      let lines = data.series.filter(s => reaches(data.x, s, at)).map((s, order) => {
        let i = at;
        while (i > 0 && s.y[i] === null) i--;
        return { s, order, v: s.y[i] };
      }).filter(l => l.v !== null);
      // Of many curves those nearest to the pointer.
      const room = Math.max(3, Math.floor((outer.height - 56) / 18)), others = lines.length - room;
      if (others > 0) lines = lines.sort((a, b) => Math.abs(scaled(a.v) - y) - Math.abs(scaled(b.v) - y)).slice(0, room).sort((a, b) => a.order - b.order);
      tip.replaceChildren(Object.assign(document.createElement('b'), { textContent: `${data.label} ${data.x[at].toLocaleString('en')}` }));
      for (const { s, v } of lines) {
        const one = document.createElement('div'), dot = document.createElement('i');
        dot.style.background = getComputedStyle(svg).getPropertyValue('--' + s.color.split(' ')[0]);
        one.append(dot, `${s.name || data.what}  ${Math.abs(v) >= 1e4 ? v.toLocaleString('en', { maximumFractionDigits: 0 }) : String(+v.toPrecision(4))}`);
        tip.append(one);
      }
      if (others > 0) tip.append(Object.assign(document.createElement('div'), { className: 'mute', textContent: `and ${others} more` }));
      tip.hidden = mark.hidden = false;
      const px = box.left - outer.left + left + (data.x[at] - low) / (high - low) * (right - left);
      mark.style.cssText = `left:${px}px;top:${box.top - outer.top + top}px;height:${bottom - top}px`;
      const beside = px + 14 + tip.offsetWidth > outer.width ? px - 14 - tip.offsetWidth : px + 14;
      tip.style.left = Math.max(0, Math.min(beside, outer.width - tip.offsetWidth)) + 'px';
      tip.style.top = Math.max(0, Math.min(box.top - outer.top + top + 4, outer.height - tip.offsetHeight)) + 'px';
    });
  };

  // Brings a chart to life. Its drawing has a size and a view (what the edges of the plot stand for) of its own: at another width, or when the view has
  // grown, every mark moves to where it belongs.
  lab.chart = figure => {
    const data = JSON.parse(figure.querySelector('script[type="application/json"]').textContent);
    if (data.picture) figure.querySelector('script').insertAdjacentHTML('beforebegin', data.picture);
    if (!data.view) return;
    const svg = figure.querySelector('svg.ml'), head = figure.querySelector('.chart-head'), { view: from, size: [W, H], plot: [left, top, end, bottom] } = data;
    const part = name => [...svg.querySelectorAll(`:scope > .${name} > *`)];
    const across = x => left + (x - from[0]) / (from[1] - from[0]) * (end - left);
    let view = from, width = 0, joined = null;
    svg.setAttribute('class', 'ml fit');
    svg.querySelector('.head')?.remove();
    head.hidden = false;
    const first = e => e.at ??= e.tagName === 'circle' ? [+e.getAttribute('cx'), +e.getAttribute('cy')] : [+(e.getAttribute('x1') ?? e.getAttribute('x') ?? e.getAttribute('d').match(/[\d.-]+/)), 0];
    const place = () => {
      const now = Math.round(svg.getBoundingClientRect().width);
      if (now < 40) return;
      width = now;
      const wide = Math.max(220, now), right = wide - (W - end), [x0, x1, y0, y1] = view;
      const a = (from[1] - from[0]) / (x1 - x0) * (right - left) / (end - left), b = left + (from[0] - x0) / (x1 - x0) * (right - left) - a * left;
      const c = (from[3] - from[2]) / (y1 - y0), d = bottom - (from[2] - y0) / (y1 - y0) * (bottom - top) - c * bottom;
      set(svg, { viewBox: `0 ${n(top - 12)} ${wide} ${n(H - top + 12)}`, width: wide, height: n(H - top + 12) });
      for (const e of part('plot')) {
        const [x, y] = first(e);
        if (e.tagName === 'circle') set(e, { cx: n(a * x + b), cy: n(c * y + d) });
        else if (e.tagName === 'line') set(e, { x1: n(a * x + b), x2: n(a * x + b) });
        else set(e, { transform: e.querySelector('title') ? `translate(${n(a * x + b - (e.own ?? x))} ${e.lane ?? 0})` : `matrix(${a} 0 0 ${c} ${b} ${d})` });
      }
      for (const e of part('up')) {
        const y = (e.dataset.at ??= e.getAttribute('y1') ?? e.getAttribute('y') - 4) * c + d;
        set(e, e.tagName === 'line' ? { y1: n(y), y2: n(y), x2: right } : { y: n(y + 4) });
      }
      const below = part('across'), room = below.length > 3 ? (below[2].dataset.at - below[0].dataset.at) * a : wide, every = Math.ceil(44 / room);
      below.forEach((e, i) => {
        const x = n(e.dataset.at * a + b);
        set(e, e.tagName === 'line' ? { x1: x, x2: x } : { x });
        e.style.display = (i >> 1) % every ? 'none' : '';
      });
      for (const e of part('wide')) e.setAttribute('x2', right);
      for (const e of part('end')) e.setAttribute('x', right);
    };
    for (const e of part('across')) e.dataset.at = first(e)[0];
    // Ticks where the kernel says that they are, each a line and a text.
    const ticks = (name, list) => {
      const group = svg.querySelector(`:scope > .${name}`);
      if (!group) return;
      while (group.children.length > 2 * list.length) group.lastChild.remove();
      while (group.children.length < 2 * list.length) group.append(group.children[0].cloneNode(), group.children[1].cloneNode());
      list.forEach(([at, label], i) => {
        group.children[2 * i].dataset.at = group.children[2 * i + 1].dataset.at = at;
        group.children[2 * i + 1].textContent = label;
      });
    };
    const read = () => {
      if (joined) return joined;
      const shown = data.series.filter(s => s.name || data.series.length === 1), rows = new Map();
      shown.forEach((s, c) => s.x.forEach((x, i) => { if (!rows.has(x)) rows.set(x, new Array(shown.length).fill(null)); rows.get(x)[c] = s.y[i]; }));
      const x = [...rows.keys()].sort((a, b) => a - b);
      return joined = { label: data.label, what: data.what, log: data.log, x, series: shown.map((s, c) => ({ name: s.name, color: s.color, y: x.map(v => rows.get(v)[c]) })) };
    };
    // What came since, in the drawing's own coordinates: the ends of lines, marks, values, and the view that holds them all.
    figure.add = delta => {
      const lines = part('plot').filter(e => e.matches('.l, .f'));
      for (const [i, [at, tail]] of Object.entries(delta.lines ?? {})) {
        const kept = (lines[i].getAttribute('d').match(/[ML][^ML]*/g) ?? []).filter(p => parseFloat(p.slice(1)) < at);
        lines[i].setAttribute('d', kept.join('') + (kept.length ? tail.replace('M', 'L') : tail));
      }
      for (const [x, sign, ruled] of delta.events ?? []) {
        const px = across(x), group = svg.querySelector(':scope > .plot');
        group.insertAdjacentHTML('beforeend', (ruled ? `<line x1="${px}" x2="${px}" y1="${top}" y2="${bottom}" class="ev"/>` : '') + sign);
        Object.assign(group.lastElementChild, { at: [px, 0], own: 0, lane: H - 9 });
      }
      if (delta.marks) svg.querySelector(':scope > .plot').insertAdjacentHTML('beforeend', delta.marks);
      for (const [i, [x, y]] of Object.entries(delta.points ?? {})) {
        const s = data.series[i], path = lines[s.line];
        let d = path?.getAttribute('d'), pen = d && s.y[s.y.length - 1] !== null ? 'L' : 'M';
        s.x.push(...x);
        s.y.push(...y);
        if (!path) continue;
        x.forEach((v, k) => {
          if (y[k] !== null) d += `${pen}${n(across(v))} ${n(bottom - (y[k] - from[2]) / (from[3] - from[2]) * (bottom - top))}`;
          pen = y[k] === null ? 'M' : 'L';
        });
        path.setAttribute('d', d);
      }
      for (const name of ['across', 'up']) if (delta[name]) ticks(name, delta[name]);
      view = delta.view ?? view;
      joined = null;
      place();
    };
    hair(figure, svg, () => ({ left, right: Math.max(220, width) - (W - end), top: 12, bottom: bottom - top + 12, view }), read);
    place();
    new ResizeObserver(() => requestAnimationFrame(() => { if (Math.abs(svg.getBoundingClientRect().width - width) >= 1) place(); })).observe(figure);
  };
})();
