// Live displays: figures that take new points. A running display sends scripts that call moelab.push(id, delta).
(() => {
  'use strict';
  const lab = window.moelab ??= {};
  lab.kept ??= {};

  const chart = (figure, keep, older) => {
    const name = figure.dataset.chart;
    // A front end may draw an older figure again, such as when a cell is scrolled back into view: what came since stays.
    if (older && keep.charts[name]) { figure.replaceWith(keep.charts[name]); return; }
    keep.charts[name] = figure;
    lab.chart(figure);
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

  // Several charts in one place: a list chooses which.
  const choose = (place, keep) => {
    const all = [...place.querySelectorAll('figure')], list = document.createElement('select');
    if (all.length < 2) return;
    list.className = 'choice';
    list.setAttribute('aria-label', 'what is drawn');
    for (const figure of all) list.append(new Option(figure.getAttribute('aria-label'), figure.dataset.chart));
    const show = () => {
      keep.choice = list.value;
      for (const figure of all) figure.hidden = figure.dataset.chart !== list.value;
    };
    if (keep.choice) list.value = keep.choice;
    list.addEventListener('change', show);
    place.prepend(list);
    show();
  };

  // The page of a Jupyter server says where the server is; elsewhere nothing of a card can act.
  const server = () => {
    const config = document.getElementById('jupyter-config-data');
    if (config) { const { baseUrl, token } = JSON.parse(config.textContent); return { base: baseUrl, token }; }
    return document.body.dataset.baseUrl ? { base: decodeURIComponent(document.body.dataset.baseUrl), token: '' } : null;
  };
  const living = {};
  const reachable = kernel => living[kernel] ??= (async () => {
    const at = kernel && location.protocol.startsWith('http') ? server() : null;
    if (!at) return null;
    try { return (await fetch(`${at.base}api/kernels/${kernel}`, { credentials: 'same-origin', headers: at.token ? { Authorization: `token ${at.token}` } : {} })).ok ? at : null; } catch { return null; }
  })();
  // Asks the kernel over the server's own channel to it; the answer is one sentence.
  const ask = (at, kernel, run, action) => new Promise(done => {
    const id = crypto.randomUUID(), session = crypto.randomUUID();
    const socket = new WebSocket(`${location.protocol.replace('http', 'ws')}//${location.host}${at.base}api/kernels/${kernel}/channels?session_id=${session}${at.token ? '&token=' + at.token : ''}`);
    const end = text => { done(text); socket.close(); };
    const late = setTimeout(() => end('no answer from the kernel'), 10000);
    socket.onerror = () => end('the kernel cannot be reached');
    socket.onopen = () => socket.send(JSON.stringify({
      header: { msg_id: id, msg_type: 'comm_open', session, username: '', version: '5.3', date: new Date().toISOString() }, parent_header: {}, metadata: {}, buffers: [], channel: 'shell',
      content: { comm_id: id, target_name: 'moelab.run', data: { run, action } },
    }));
    socket.onmessage = e => {
      if (typeof e.data !== 'string') return;
      const m = JSON.parse(e.data);
      if (m.header.msg_type !== 'comm_close' || m.content.comm_id !== id) return;
      clearTimeout(late);
      end(m.content.data.said ?? m.content.data.failed ?? 'the kernel ignored the action');
    };
  });

  const copy = async text => {
    try { await navigator.clipboard.writeText(text); } catch {
      const area = Object.assign(document.createElement('textarea'), { value: text });
      document.body.append(area);
      area.select();
      document.execCommand('copy');
      area.remove();
    }
  };

  // The card as it stands there: its pictures, and its words where they are.
  const picture = async card => {
    const box = card.getBoundingClientRect(), scale = 2, canvas = document.createElement('canvas'), draw = canvas.getContext('2d'), at = r => [r.left - box.left + 8, r.top - box.top + 8];
    canvas.width = (box.width + 16) * scale;
    canvas.height = (box.height + 16) * scale;
    draw.scale(scale, scale);
    draw.fillStyle = getComputedStyle(card.parentNode).backgroundColor;
    draw.fillRect(0, 0, canvas.width, canvas.height);
    for (const svg of card.querySelectorAll('svg.ml')) {
      const place = svg.getBoundingClientRect(), still = svg.cloneNode(true), own = [...svg.querySelectorAll('*')];
      if (!place.width) continue;
      [...still.querySelectorAll('*')].forEach((e, i) => {
        const style = getComputedStyle(own[i]);
        for (const name of ['fill', 'stroke', 'stroke-width', 'stroke-dasharray', 'opacity', 'font', 'text-anchor']) e.style.setProperty(name, style.getPropertyValue(name));
      });
      still.setAttribute('width', place.width);
      still.setAttribute('height', place.height);
      const image = Object.assign(new Image(), { src: 'data:image/svg+xml;charset=utf-8,' + encodeURIComponent(new XMLSerializer().serializeToString(still)) });
      await image.decode();
      draw.drawImage(image, ...at(place), place.width, place.height);
    }
    for (const c of card.querySelectorAll('canvas')) { const place = c.getBoundingClientRect(); if (place.width && c.width) draw.drawImage(c, ...at(place), place.width, place.height); }
    const words = document.createTreeWalker(card, NodeFilter.SHOW_TEXT);
    draw.textBaseline = 'middle';
    while (words.nextNode()) {
      const node = words.currentNode, text = node.data.trim(), range = document.createRange();
      if (!text || node.parentNode.closest('svg,script,style,select,button,[hidden]')) continue;
      range.selectNodeContents(node);
      const place = range.getBoundingClientRect(), style = getComputedStyle(node.parentNode);
      if (!place.width) continue;
      [draw.font, draw.fillStyle] = [`${style.fontWeight} ${style.fontSize} ${style.fontFamily}`, style.color];
      text.split('\n').forEach((t, i, all) => draw.fillText(t, at(place)[0], at(place)[1] + place.height * (i + .5) / all.length));
    }
    return canvas;
  };
  const save = async card => {
    const blob = await new Promise(async done => (await picture(card)).toBlob(done)), link = Object.assign(document.createElement('a'), { href: URL.createObjectURL(blob), download: card.dataset.run.split(/[\\/]/).pop() + '.png' });
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10000);
  };

  const buttons = card => {
    const place = card.querySelector('[data-acts]'), { run, kernel } = card.dataset;
    if (!place || !run) return;
    const told = Object.assign(document.createElement('span'), { className: 'mute told' });
    const button = (text, act, name = '') => {
      const one = Object.assign(document.createElement('button'), { type: 'button', textContent: text });
      one.dataset.act = name;
      one.addEventListener('click', act);
      place.append(one);
      return one;
    };
    const acting = [['Stop', 'stop'], ['Pause', 'pause'], ['Continue', 'continue'], ['Checkpoint', 'checkpoint']].map(([text, action]) => button(text, async e => {
      e.target.disabled = true;
      told.textContent = await ask(await reachable(kernel), kernel, run, action);
      e.target.disabled = false;
      setTimeout(() => { told.textContent = ''; }, 8000);
    }, action));
    button('Copy path', async () => { await copy(run); told.textContent = 'copied'; setTimeout(() => { told.textContent = ''; }, 2000); }, 'copy');
    button('Save picture', () => save(card), 'save');
    place.append(told);
    acting.forEach(b => { b.hidden = true; });
    // Those that cannot act are not there; what acts from a cell is said instead.
    card.state = async () => {
      const state = card.querySelector('[data-chip="state"]').textContent, on = state === 'training' || state === 'paused', at = on ? await reachable(kernel) : null;
      for (const b of acting) b.hidden = !at || (b.dataset.act === 'pause' && state === 'paused') || (b.dataset.act === 'continue' && state !== 'paused');
      if (on && !at && !told.textContent) told.textContent = `lab.Attach("${run.split(/[\\/]/).pop()}").Stop(), .Pause() and .Checkpoint() act on it`;
      else if (!on && told.textContent.startsWith('lab.Attach')) told.textContent = '';
    };
    card.state();
  };

  // Deltas are numbered: what a figure holds already is not added again.
  lab.push = (id, delta) => {
    const keep = lab.kept[id];
    if (keep && delta.sequence <= keep.sequence) return;
    if (keep && delta.sequence) keep.sequence = delta.sequence;
    for (const card of document.querySelectorAll(`[data-live="${id}"]`)) {
      for (const [name, text] of Object.entries(delta.text ?? {}))
        for (const at of card.querySelectorAll(`[data-text="${name}"]`)) { at.textContent = text; if (at.dataset.fact !== undefined) at.parentNode.hidden = !text; }
      for (const [name, [text, kind]] of Object.entries(delta.chips ?? {}))
        for (const at of card.querySelectorAll(`[data-chip="${name}"]`)) { at.textContent = text; at.className = 'chip ' + kind; }
      if (delta.done !== undefined) for (const at of card.querySelectorAll('[data-done]')) at.style.width = delta.done + '%';
      for (const figure of card.querySelectorAll('[data-chart]')) {
        const more = delta.charts?.[figure.dataset.chart];
        if (more) figure.add?.({ events: delta.events, ...more });
      }
      if (delta.chips?.state) card.state?.();
      if (delta.heat) card.querySelector('[data-heat]')?.add?.(...delta.heat);
    }
  };

  for (const card of document.querySelectorAll('[data-live]:not([data-ready])')) {
    card.dataset.ready = '';
    const keep = lab.kept[card.dataset.live] ??= { charts: {} }, { era, sequence } = card.dataset;
    if (keep.era !== era) Object.assign(keep, { era, charts: {}, sequence: 0 });
    const older = +sequence < keep.sequence;
    if (!older) keep.sequence = +sequence;
    for (const figure of card.querySelectorAll('[data-chart]')) chart(figure, keep, older);
    for (const figure of card.querySelectorAll('[data-heat]')) heat(figure, keep);
    for (const place of card.querySelectorAll('[data-choices]')) choose(place, keep);
    buttons(card);
  }
})();
