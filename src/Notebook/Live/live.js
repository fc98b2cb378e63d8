// Live displays: figures that take new points. A running display sends scripts that call moelab.push(id, delta).
(() => {
  'use strict';
  const lab = window.moelab ??= {};
  lab.kept ??= {};
  const html = t => String(t).replace(/[&<>"]/g, c => `&#${c.charCodeAt(0)};`);
  const n = v => String(Math.round(v * 10) / 10);

  // The same rules as the static pictures have: round positions, short labels, smoothing, thinning.
  const nice = (low, high, count) => {
    const rough = (high - low) / Math.max(1, count), power = 10 ** Math.floor(Math.log10(rough)), r = rough / power;
    const step = power * (r < 1.5 ? 1 : r < 3.5 ? 2 : r < 7.5 ? 5 : 10), first = Math.ceil(low / step - 1e-9), last = Math.floor(high / step + 1e-9);
    return Array.from({ length: Math.max(0, Math.min(100, last - first + 1)) }, (_, i) => (first + i) * step);
  };
  const short = v => {
    const a = Math.abs(v), cut = (x, digits) => String(+x.toFixed(digits));
    return a === 0 ? '0' : a >= 1e9 ? cut(v / 1e9, 2) + 'G' : a >= 1e6 ? cut(v / 1e6, 2) + 'M' : a >= 1e4 ? cut(v / 1e3, 2) + 'k'
      : a >= 1e3 ? Math.round(v).toLocaleString('en') : a < 1e-3 ? v.toExponential(0) : cut(v, 4);
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

  const range = model => {
    let [x0, x1, y0, y1] = [Infinity, -Infinity, Infinity, -Infinity];
    const wide = x => { x0 = Math.min(x0, x); x1 = Math.max(x1, x); };
    for (const s of model.series) s.x.forEach((x, i) => { wide(x); if (finite(s.y[i])) { y0 = Math.min(y0, s.y[i]); y1 = Math.max(y1, s.y[i]); } });
    model.markers.forEach(m => wide(m[0]));
    if (x0 > x1) x0 = x1 = 0;
    if (x1 <= x0) x1 = x0 + 1;
    if (y0 > y1) [y0, y1] = [0, 1];
    if (model.zero) y0 = Math.min(0, y0);
    if (y1 <= y0) { const by = Math.max(Math.abs(y0) * .1, 1e-9); if (model.zero && y0 === 0) y1 = 1; else { y0 -= by; y1 = y0 + 2 * by; } }
    const margin = (y1 - y0) * .05;
    return [x0, x1, model.zero && y0 >= 0 ? 0 : y0 - margin, y1 + margin];
  };
  const shapes = {
    alert: (x, y) => [`M${n(x)} ${n(y - 6)}l6 11h-12z`, 'c1'], checkpoint: (x, y) => [`M${n(x - 1)} ${n(y - 4)}h2v8h-2z`, 'c6'],
    stop: (x, y) => [`M${n(x - 4)} ${n(y - 4)}h8v8h-8z`, 'c3'], restart: (x, y) => [`M${n(x - 4)} ${n(y - 5)}l8 5l-8 5z`, 'c2'],
    other: (x, y) => [`M${n(x)} ${n(y - 6)}l6 6l-6 6l-6 -6z`, 'c0'],
  };
  Object.assign(shapes, { skip: shapes.alert, pause: shapes.stop });

  const chart = (figure, keep) => {
    const json = figure.querySelector('script[type="application/json"]'), svg = figure.querySelector('svg.ml');
    let model = JSON.parse(json.textContent), joined = null;
    const last = m => Math.max(0, ...m.series.map(s => s.x.length ? s.x[s.x.length - 1] : 0));
    // A front end may draw an older figure again, such as when a cell is scrolled back into view: what came since stays.
    const before = keep.charts[figure.dataset.chart];
    const stale = before && before.series.length >= model.series.length && last(before) > last(model);
    if (stale) model = before;
    keep.charts[figure.dataset.chart] = model;

    const draw = () => {
      const out = [], W = model.w, H = model.h, left = 52, right = W - 20, [x0, x1, y0, y1] = range(model);
      const named = model.series.filter(s => s.name), rows = [];
      let row = 0, at = 4;
      if (named.length > 1) for (const s of named) {
        const width = 30 + 6.4 * s.name.length;
        if (at + width > right && at > 4) { row++; at = 4; }
        rows.push([s, row, at]);
        at += width;
      }
      const head = (rows.length ? row + 1 : 0) * 17, top = 8 + (model.y ? 19 : rows.length ? 8 : 0) + head, bottom = H - 34 - (model.markers.length ? 20 : 0);
      const X = x => left + (x - x0) / (x1 - x0) * (right - left), Y = y => Math.max(top - 3, Math.min(bottom + 3, bottom - (y - y0) / (y1 - y0) * (bottom - top)));
      const line = (a, b, c, d, k) => out.push(`<line x1="${n(a)}" y1="${n(b)}" x2="${n(c)}" y2="${n(d)}" class="${k}"/>`);
      const text = (x, y, t, k, anchor = 'start') => out.push(`<text x="${n(x)}" y="${n(y)}" class="${k}" text-anchor="${anchor}">${html(t)}</text>`);
      for (const [s, r, x] of rows) {
        line(x, 19 + 17 * r, x + 16, 19 + 17 * r, `l ${s.style === 'Dashed' ? 'd ' : ''}${s.color}`);
        text(x + 21, 23 + 17 * r, s.name, '');
      }
      if (model.y) text(4, top - 10, model.y, 's');
      for (const t of nice(y0, y1, 5)) { line(left, Y(t), right, Y(t), 'g'); text(left - 7, Y(t) + 4, short(t), 's', 'end'); }
      line(left, bottom, right, bottom, 'ax');
      for (const t of nice(x0, x1, Math.floor(W / 95))) { line(X(t), bottom, X(t), bottom + 4, 'ax'); text(X(t), bottom + 16, short(t), 's', 'middle'); }
      text(right, bottom + 30, model.label, 's', 'end');
      if (model.markers.length) {
        text(4, H - 5, 'events', 's');
        line(left, H - 9, right, H - 9, 'g');
        for (const [x, kind, said] of model.markers) {
          const [shape, color] = (shapes[kind] ?? shapes.other)(X(x), H - 9);
          if (kind !== 'checkpoint') line(X(x), top, X(x), bottom, 'ev');
          out.push(`<path d="${shape}" class="b-${color}"><title>${html(said)}</title></path>`);
        }
      }
      const path = (s, y, k) => {
        let d = '', pen = 'M';
        for (const i of thin(y, 720)) {
          if (!finite(y[i])) { pen = 'M'; continue; }
          d += `${pen}${n(X(s.x[i]))} ${n(Y(y[i]))}`;
          pen = 'L';
        }
        if (d) out.push(`<path d="${d}" class="${k}"/>`);
      };
      for (const s of model.series) {
        if (s.style === 'Smoothed') path(s, s.y, 'f ' + s.color);
        path(s, s.style === 'Smoothed' || s.even ? smooth(s.y) : s.y, `l ${s.style === 'Dashed' ? 'd ' : ''}${s.color}`);
        if (s.style === 'Dots' || s.x.length === 1) s.y.forEach((v, i) => { if (finite(v)) out.push(`<circle cx="${n(X(s.x[i]))}" cy="${n(Y(v))}" r="2.6" class="b-${s.color}"/>`); });
      }
      svg.innerHTML = out.join('');
      svg.dataset.plot = `${left} ${top} ${right} ${bottom} ${x0} ${x1}`;
    };
    const read = () => {
      if (joined) return joined;
      const named = model.series.filter(s => s.name), rows = new Map();
      named.forEach((s, c) => {
        const y = s.style === 'Smoothed' || s.even ? smooth(s.y) : s.y;
        s.x.forEach((x, i) => { if (!rows.has(x)) rows.set(x, new Array(named.length).fill(null)); rows.get(x)[c] = y[i]; });
      });
      const x = [...rows.keys()].sort((a, b) => a - b);
      return joined = { label: model.label, x, series: named.map((s, c) => ({ name: s.name, color: s.color, y: x.map(v => rows.get(v)[c]) })) };
    };
    figure.add = delta => {
      let any = false;
      for (const [i, [x, y]] of Object.entries(delta.points ?? {})) {
        const s = model.series[i];
        if (!s) continue;
        x.forEach((v, k) => { if (!s.x.length || v > s.x[s.x.length - 1]) { s.x.push(v); s.y.push(y[k]); any = true; } });
      }
      for (const m of delta.markers ?? []) if (!model.markers.some(o => o[2] === m[2])) { model.markers.push(m); any = true; }
      joined = null;
      if (any) draw();
    };
    if (stale) draw();
    lab.hair(figure, read);
  };

  const heat = (figure, keep) => {
    const slider = figure.querySelector('input'), choices = [...figure.querySelectorAll('select')];
    const note = () => {
      const step = figure.querySelector('output').textContent.replace(/\D/g, '');
      keep.heat = { step: +slider.value === +slider.max ? Infinity : +step, choices: choices.map(c => c.value) };
    };
    if (keep.heat) {
      choices.forEach((c, i) => { c.value = keep.heat.choices[i]; if (c.value) c.dispatchEvent(new Event('change')); });
      figure.show(keep.heat.step);
    }
    figure.addEventListener('input', note);
    figure.addEventListener('change', note);
  };

  lab.push = (id, delta) => {
    for (const card of document.querySelectorAll(`[data-live="${id}"]`)) {
      for (const [name, text] of Object.entries(delta.text ?? {}))
        for (const at of card.querySelectorAll(`[data-text="${name}"]`)) { at.textContent = text; if (at.dataset.fact !== undefined) at.parentNode.hidden = !text; }
      for (const [name, [text, kind]] of Object.entries(delta.chips ?? {}))
        for (const at of card.querySelectorAll(`[data-chip="${name}"]`)) { at.textContent = text; at.className = 'chip ' + kind; }
      if (delta.done !== undefined) for (const at of card.querySelectorAll('[data-done]')) at.style.width = delta.done + '%';
      for (const [name, points] of Object.entries(delta.charts ?? {}))
        card.querySelector(`[data-chart="${name}"]`)?.add?.(points);
      if (delta.heat) card.querySelector('[data-heat]')?.add?.(...delta.heat);
    }
  };

  for (const card of document.querySelectorAll('[data-live]:not([data-ready])')) {
    card.dataset.ready = '';
    const keep = lab.kept[card.dataset.live] ??= { charts: {} };
    if (keep.era !== card.dataset.era) Object.assign(keep, { era: card.dataset.era, charts: {} });
    for (const figure of card.querySelectorAll('[data-chart]')) chart(figure, keep);
    for (const figure of card.querySelectorAll('[data-heat]')) heat(figure, keep);
  }
})();
