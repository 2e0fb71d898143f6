// Draws one state of a game on canvases. Colours come from the page's own variables, so that they follow light and dark.
// Asking for styles and sizes makes the browser lay out the whole page, so both are kept until something changes them.
let colours = null;
const palette = () => {
  if (colours) return colours;
  const style = getComputedStyle(document.body);
  const of = (name) => style.getPropertyValue(name).trim();
  const isDark = document.body.classList.contains("dark");
  colours = {
    real: isDark ? "#86aee6" : "#2e6eb2",
    fake: isDark ? "#f08465" : "#c8401f",
    ink: of("--body-text-color"),
    quiet: of("--quiet"),
    paper: of("--card"),
  };
  return colours;
};
const widths = new WeakMap();
const sizes = new ResizeObserver((entries) => {
  for (const entry of entries) widths.set(entry.target, Math.max(120, Math.round(entry.contentRect.width)));
});
// A canvas as sharp as the screen, cleared; gives its context in CSS pixels and its size.
const sheet = (canvas, ratio) => {
  const around = canvas.parentElement;
  if (!widths.has(around)) {
    widths.set(around, Math.max(120, Math.round(around.clientWidth)));
    sizes.observe(around);
  }
  const width = widths.get(around);
  const height = Math.round(width * ratio);
  const scale = Math.min(2, window.devicePixelRatio || 1);
  if (canvas.width !== Math.round(width * scale) || canvas.height !== Math.round(height * scale)) {
    canvas.width = Math.round(width * scale);
    canvas.height = Math.round(height * scale);
    canvas.style.height = `${height}px`;
  }
  const pen = canvas.getContext("2d");
  pen.setTransform(scale, 0, 0, scale, 0, 0);
  pen.clearRect(0, 0, width, height);
  return { pen, width, height };
};
const arrow = (pen, x, y, dx, dy) => {
  const length = Math.hypot(dx, dy);
  if (length < 1.5) return;
  pen.beginPath();
  pen.moveTo(x, y);
  pen.lineTo(x + dx, y + dy);
  const [ux, uy] = [dx / length, dy / length];
  pen.moveTo(x + dx - 4 * ux + 2.5 * uy, y + dy - 4 * uy - 2.5 * ux);
  pen.lineTo(x + dx, y + dy);
  pen.lineTo(x + dx - 4 * ux - 2.5 * uy, y + dy - 4 * uy + 2.5 * ux);
  pen.stroke();
};
const heatmap = document.createElement("canvas");
const rgb = (text) => text.match(/[0-9a-f]{2}/gi).map((pair) => parseInt(pair, 16));
// Blue where D says real, red where it says fake, and nothing where it cannot tell.
const heat = (pen, width, height, verdict, { real, fake }) => {
  const side = Math.round(Math.sqrt(verdict.length));
  heatmap.width = heatmap.height = side;
  const brush = heatmap.getContext("2d");
  const pixels = brush.createImageData(side, side);
  const [towards, away] = [rgb(real), rgb(fake)];
  for (let place = 0; place < verdict.length; place++) {
    const [row, column] = [Math.floor(place / side), place % side];
    const at = 4 * ((side - 1 - row) * side + column);
    const strength = Math.abs(2 * verdict[place] - 1);
    pixels.data.set(verdict[place] > 0.5 ? towards : away, at);
    pixels.data[at + 3] = 150 * strength;
  }
  brush.putImageData(pixels, 0, 0);
  pen.imageSmoothingEnabled = true;
  pen.drawImage(heatmap, 0, 0, width, height);
};
const dots = (pen, points, place, size, fill) => {
  pen.fillStyle = fill;
  pen.beginPath();
  for (const point of points) {
    const [x, y] = place(point);
    pen.moveTo(x + size, y);
    pen.arc(x, y, size, 0, 2 * Math.PI);
  }
  pen.fill();
};
const drawPlane = (canvas, game, scene, layers, stage) => {
  const { pen, width, height } = sheet(canvas, 1);
  const colours = palette();
  const { frame } = game;
  const place = ([x, y]) => [((x + scene.reach) / (2 * scene.reach)) * width, height - ((y + scene.reach) / (2 * scene.reach)) * height];
  if (layers.verdict && stage !== "forward") heat(pen, width, height, frame.verdict, colours);
  const size = Math.max(1.6, width / 220);
  pen.globalAlpha = 0.75;
  dots(pen, scene.real, place, size, colours.real);
  pen.globalAlpha = 1;
  if (layers.bent) {
    const side = Math.round(Math.sqrt(frame.bent.length));
    pen.strokeStyle = colours.quiet;
    pen.lineWidth = 1;
    pen.beginPath();
    for (let row = 0; row < frame.bent.length; row++) {
      const point = place(frame.bent[row]);
      for (const next of side * side === frame.bent.length ? [row % side < side - 1 ? row + 1 : -1, row + side] : [row + 1])
        if (next > 0 && next < frame.bent.length) {
          pen.moveTo(...point);
          pen.lineTo(...place(frame.bent[next]));
        }
    }
    pen.stroke();
  }
  dots(pen, frame.points, place, size, colours.fake);
  if (layers.arrows && (!stage || stage === "gradient")) {
    pen.strokeStyle = colours.ink;
    pen.lineWidth = 1;
    const scale = (0.35 * width) / (2 * scene.reach);
    frame.arrows.forEach(([dx, dy], index) => {
      const [x, y] = place(frame.points[index]);
      arrow(pen, x, y, Math.max(-60, Math.min(60, scale * dx)), Math.max(-60, Math.min(60, -scale * dy)));
    });
  }
};
// A curve over the whole width; `top` is the value at the upper edge of a band from `from` down to `to`.
const curve = (pen, values, width, from, to, top) => {
  const at = (value) => to - Math.min(1.02, value / top) * (to - from);
  pen.beginPath();
  values.forEach((value, index) => {
    const x = ((index + 0.5) / values.length) * width;
    index ? pen.lineTo(x, at(value)) : pen.moveTo(x, at(value));
  });
};
const drawLine = (canvas, game, scene, layers, stage, words) => {
  const { pen, width, height } = sheet(canvas, 0.78);
  const colours = palette();
  const { frame } = game;
  const [top, axis, below] = [8, height * 0.66, height - 22];
  const place = (x) => ((x + scene.reach) / (2 * scene.reach)) * width;
  const most = 1.25 * Math.max(0.25, ...scene.real);
  pen.lineWidth = 2;
  for (const [values, ink] of [[scene.real, colours.real], [frame.made, colours.fake]]) {
    pen.strokeStyle = pen.fillStyle = ink;
    curve(pen, values, width, top, axis, most);
    pen.stroke();
    pen.lineTo(width, axis);
    pen.lineTo(0, axis);
    pen.globalAlpha = 0.14;
    pen.fill();
    pen.globalAlpha = 1;
  }
  if (layers.verdict && stage !== "forward") {
    pen.strokeStyle = colours.ink;
    pen.lineWidth = 1.5;
    curve(pen, frame.verdict, width, top, axis, 1);
    pen.stroke();
    if (frame.best.length) {
      pen.setLineDash([5, 4]);
      pen.strokeStyle = colours.quiet;
      curve(pen, frame.best, width, top, axis, 1);
      pen.stroke();
      pen.setLineDash([]);
    }
  }
  pen.strokeStyle = colours.quiet;
  pen.lineWidth = 1;
  pen.beginPath();
  for (const y of [axis, below]) {
    pen.moveTo(0, y);
    pen.lineTo(width, y);
  }
  pen.stroke();
  // The generator's map: each z of the lower axis goes up to its x.
  pen.strokeStyle = colours.fake;
  pen.globalAlpha = 0.5;
  pen.beginPath();
  frame.bent.forEach(([x], index) => {
    pen.moveTo((0.5 + 0.46 * (2 * (index / (frame.bent.length - 1)) - 1)) * width, below);
    pen.lineTo(place(x), axis);
  });
  pen.stroke();
  pen.globalAlpha = 1;
  dots(pen, frame.points, ([x]) => [place(x), axis], 2.5, colours.fake);
  if (layers.arrows && (!stage || stage === "gradient")) {
    pen.strokeStyle = colours.ink;
    frame.arrows.forEach(([dx], index) => {
      const x = place(frame.points[index][0]);
      arrow(pen, x, axis - 7 - 3 * (index % 4), Math.max(-70, Math.min(70, (0.35 * dx * width) / (2 * scene.reach))), 0);
    });
  }
  pen.fillStyle = colours.quiet;
  pen.font = "12px system-ui, sans-serif";
  pen.fillText("x", width - 12, axis + 14);
  pen.fillText("z", width - 12, below + 16);
  scene.people.forEach((x, index) => {
    const name = words[`person_${index}`];
    const wide = pen.measureText(name).width;
    pen.fillText(name, Math.max(2, Math.min(width - wide - 2, place(x) - wide / 2)), top + 12 + 14 * (index % 2));
    pen.fillRect(place(x) - 0.5, axis - 5, 1, 10);
  });
};
// A number as short as a scale needs it. To make a format takes longer than to draw a plot, so there is one for all.
const format = new Intl.NumberFormat(undefined, { maximumSignificantDigits: 3 });
const short = (value) => {
  const isPlain = value === 0 || (Math.abs(value) >= 1e-3 && Math.abs(value) < 1e5);
  return (isPlain ? format.format(value) : value.toExponential(0).replace("+", "")).replace(/-/g, "−");
};
// The entry of a log that lies nearest to a `share` of its steps, among those that have one of the fields.
const entryAt = (log, fields, share) => {
  const wanted = share * (log[log.length - 1]?.step ?? 0);
  const distance = (entry) => Math.abs(entry.step - wanted);
  const known = log.filter((entry) => fields.some((field) => Number.isFinite(entry[field])));
  return known.reduce((best, entry) => (best && distance(best) <= distance(entry) ? best : entry), null);
};
// Words one after the other, each in its colour.
const write = (pen, words) => {
  let x = 2;
  for (const [text, ink] of words) {
    pen.fillStyle = ink;
    pen.fillText(text, x, 12);
    x += pen.measureText(`${text} `).width;
  }
};
// A little plot of a log: `lines` are [name of a field, colour]; `rule` is a dashed line. At its right edge stand the ends of its scale;
// the pointer shows the values of the step below it.
const drawChart = (canvas, log, lines, options) => {
  const { rule = null, floor = null, label, logarithmic = false } = options;
  canvas.again = () => drawChart(canvas, log, lines, options);
  const { pen, width, height } = sheet(canvas, 0.42);
  const colours = palette();
  const of = (value) => (logarithmic ? Math.log10(Math.max(1e-6, value)) : value);
  const known = lines.map(([field, ink]) => [log.filter((entry) => Number.isFinite(entry[field])), field, ink]);
  const values = known.flatMap(([entries, field]) => entries.map((entry) => of(entry[field])));
  if (rule !== null) values.push(rule);
  let [low, high] = [Math.min(...values), Math.max(...values)];
  if (floor !== null) low = Math.min(low, floor);
  if (!(high - low > 1e-9)) [low, high] = [low - 0.5, low + 0.5];
  const last = Math.max(1, log.length ? log[log.length - 1].step : 1);
  const place = (step, value) => [(step / last) * (width - 2) + 1, height - 3 - ((value - low) / (high - low)) * (height - 22)];
  pen.font = "12px system-ui, sans-serif";
  if (rule !== null) {
    pen.strokeStyle = colours.quiet;
    pen.setLineDash([4, 4]);
    pen.beginPath();
    pen.moveTo(...place(0, rule));
    pen.lineTo(...place(last, rule));
    pen.stroke();
    pen.setLineDash([]);
  }
  for (const [entries, field, ink] of known) {
    pen.strokeStyle = colours[ink];
    pen.lineWidth = 1.5;
    pen.beginPath();
    // More points than pixels would only take time.
    const every = Math.max(1, Math.floor(entries.length / (2 * width)));
    entries.forEach((entry, index) => {
      if (index % every && index !== entries.length - 1) return;
      const at = place(entry.step, of(entry[field]));
      index ? pen.lineTo(...at) : pen.moveTo(...at);
    });
    pen.stroke();
  }
  const under = canvas.pointed === undefined ? null : entryAt(log, lines.map(([field]) => field), canvas.pointed);
  if (under) {
    pen.fillStyle = colours.quiet;
    pen.fillRect(place(under.step, low)[0], 18, 1, height - 18);
    const seen = lines.filter(([field]) => Number.isFinite(under[field]));
    write(pen, [[`${under.step.toLocaleString()}:`, colours.ink], ...seen.map(([field, ink]) => [short(under[field]), colours[ink]])]);
  } else write(pen, [[label, colours.quiet]]);
  if (!values.length) return;
  pen.fillStyle = colours.quiet;
  pen.textAlign = "right";
  const ends = logarithmic ? [10 ** low, 10 ** high] : [low, high];
  pen.fillText(short(ends[0]), width - 2, height - 5);
  if (!under) pen.fillText(short(ends[1]), width - 2, 12);
  pen.textAlign = "left";
};
// A canvas for each kind of plot, each in a box whose width it takes; `mark` says of each what it is to who does not see it.
const chartBox = (kinds, mark) => {
  const charts = Object.assign(document.createElement("div"), { className: "lab-charts" });
  for (const kind of kinds) {
    const chart = document.createElement("canvas");
    chart.dataset.chart = kind;
    mark(chart);
    const point = (share) => {
      chart.pointed = share;
      chart.again?.();
    };
    chart.addEventListener("pointermove", (event) => point(event.offsetX / chart.clientWidth));
    for (const kind of ["pointerleave", "pointercancel"]) chart.addEventListener(kind, () => point(undefined));
    const around = document.createElement("div");
    around.append(chart);
    charts.append(around);
  }
  return charts;
};
// Names and values for a `dl`.
const pairs = (facts) =>
  facts.map(([name, value]) => {
    const pair = document.createElement("div");
    pair.append(Object.assign(document.createElement("dt"), { textContent: name }), Object.assign(document.createElement("dd"), { textContent: value }));
    return pair;
  });
// Have the browser save a file of the server's, whose page may not lie at its root.
const download = (file) => window.explorer.download({ url: file.url.replace(/^\//, ""), orig_name: file.orig_name });
