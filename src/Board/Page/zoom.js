// Zooming and moving along the x axis: the drawing is stretched at once, and the server's exact picture of the new part follows.

const space = 'http://www.w3.org/2000/svg';

/** Stretches a drawing from the part it was drawn for to another. */
export const stretch = (chart, [low, high]) => {
  const { svg, lines, data } = chart;
  if (!svg || !lines || !data.view) return;
  const [left, , right] = data.plot, [x0, x1] = data.view;
  const a = (x1 - x0) / (high - low), b = left + (x0 - low) / (high - low) * (right - left) - a * left;
  lines.style.transform = `matrix(${a}, 0, 0, 1, ${b}, 0)`;
  for (const mark of svg.querySelectorAll('.across > *')) {
    const at = mark.at ??= +(mark.getAttribute('x') ?? mark.getAttribute('x1')), x = a * at + b;
    mark.style.display = x < left - 1 || x > right + 1 ? 'none' : '';
    for (const name of mark.tagName === 'line' ? ['x1', 'x2'] : ['x']) mark.setAttribute(name, x);
  }
};

/** Lifts the curves out of a drawing into a layer of their own, which the browser moves without drawing them again, and which ends at the plot. */
export const lift = (svg, { plot: [left, , right], size: [width, height] }) => {
  const plot = svg.querySelector('.plot'), frame = document.createElement('div'), lines = document.createElementNS(space, 'svg');
  if (!plot) return [null, null];
  const edge = 3;
  frame.className = 'lines';
  frame.style.cssText = `left:${left - edge}px;top:0;width:${right - left + 2 * edge}px;height:${height}px`;
  for (const [name, value] of [['class', 'ml'], ['viewBox', `0 0 ${width} ${height}`], ['width', width], ['height', height], ['aria-hidden', 'true']]) lines.setAttribute(name, value);
  lines.style.cssText = `left:${edge - left}px;width:${width}px;height:${height}px`;
  lines.append(plot);
  frame.append(lines);
  return [frame, lines];
};

/** Lets pointer, wheel and keys choose a part of a chart's x axis. `all` is the whole of it, `move` takes a new part, null for the whole. */
export const attach = (area, chart, move) => {
  const shade = document.createElement('div');
  shade.className = 'shade';
  shade.hidden = true;
  area.append(shade);
  let from = null;
  const part = () => chart.part ?? chart.data?.view?.slice(0, 2);
  const ends = () => { const box = chart.svg.getBoundingClientRect(), scale = box.width / chart.data.size[0]; return [box.left + chart.data.plot[0] * scale, box.left + chart.data.plot[2] * scale]; };
  const at = clientX => { const [left, right] = ends(), [low, high] = part(); return low + Math.min(1, Math.max(0, (clientX - left) / (right - left))) * (high - low); };
  const ready = () => chart.svg && chart.data?.view;
  // No closer than a millionth of what there is.
  const take = (low, high) => { if (high - low > (Math.abs(high) + Math.abs(low)) * 1e-6) move([low, high]); };

  area.addEventListener('pointerdown', e => {
    if (e.button !== 0 || e.pointerType === 'touch' || !ready()) return;
    const [left, right] = ends();
    if (e.clientX < left || e.clientX > right) return;
    from = e.clientX;
    area.setPointerCapture(e.pointerId);
  });
  area.addEventListener('pointermove', e => {
    if (from === null) return;
    const [left, right] = ends(), box = area.getBoundingClientRect(), x = Math.min(right, Math.max(left, e.clientX));
    shade.hidden = Math.abs(x - from) < 4;
    shade.style.left = `${Math.min(x, from) - box.left}px`;
    shade.style.width = `${Math.abs(x - from)}px`;
  });
  area.addEventListener('pointerup', e => {
    if (from === null) return;
    const [low, high] = [at(Math.min(from, e.clientX)), at(Math.max(from, e.clientX))], far = !shade.hidden;
    from = null;
    shade.hidden = true;
    if (far) take(low, high);
  });
  area.addEventListener('pointercancel', () => { from = null; shade.hidden = true; });
  area.addEventListener('dblclick', () => move(null));
  const zoom = (factor, middle) => { const [low, high] = part(); take(middle - (middle - low) * factor, middle + (high - middle) * factor); };
  area.addEventListener('wheel', e => {
    // Without a key the page scrolls.
    if (!(e.ctrlKey || e.metaKey || e.altKey) || !ready()) return;
    e.preventDefault();
    zoom(Math.exp(Math.sign(e.deltaY) * Math.min(0.5, Math.abs(e.deltaY) / 300)), at(e.clientX));
  }, { passive: false });
  area.addEventListener('keydown', e => {
    if (!ready() || e.ctrlKey || e.metaKey || e.altKey) return;
    const [low, high] = part(), step = (high - low) / 5;
    if (e.key === '+' || e.key === '=') zoom(0.6, (low + high) / 2);
    else if (e.key === '-') zoom(1 / 0.6, (low + high) / 2);
    else if (e.key === 'ArrowLeft') take(low - step, high - step);
    else if (e.key === 'ArrowRight') take(low + step, high + step);
    else if (e.key === '0' || e.key === 'Escape') move(null);
    else return;
    e.preventDefault();
  });
};
