// Charts that people read values from: pointing, tapping and arrow keys show them, the legend hides lines, the axis can be
// logarithmic, and all numbers can be saved. Each is an SVG that the server drew, in a figure that holds what it was drawn from.
(() => {
  const [WIDTH, MOST_LEVELS] = [480, 6];

  // What a chart was drawn from; the last one is asked for again and again.
  let last = {};
  const told = ({ dataset: { chart } }) => {
    if (last.text !== chart) last = { text: chart, parsed: JSON.parse(chart) };
    return last.parsed;
  };
  // What visitors chose, by a chart's title: the server draws the same chart anew, with more points or another model's.
  const choices = new Map();
  const chosen = (figure) => {
    const { title } = told(figure);
    return choices.get(title) ?? choices.set(title, { isLog: false, hidden: new Set() }).get(title);
  };

  // As `models_zoo.chart` places them: about five round values from at most `low` to at least `high`.
  const linear = (low, high) => {
    const size = Math.max(1, Math.abs(low), Math.abs(high));
    const span = high - low >= 1e-15 * size ? high - low : size;
    let step = 10 ** Math.floor(Math.log10(span / 4));
    step *= [1, 2, 2.5, 5, 10].find((factor) => span / (step * factor) <= 5);
    const first = Math.floor(low / step);
    const last = Math.max(first + 1, Math.ceil(Number((high / step).toFixed(6))));
    return Array.from({ length: last - first + 1 }, (_, place) => Number(((first + place) * step).toPrecision(12)));
  };
  // Powers of ten, with steps between them where there are few, from at most `low` to at least `high`.
  const logarithmic = (low, high) => {
    const [first, last] = [Math.floor(Math.log10(low)), Math.ceil(Math.log10(high))];
    const factors = last - first > 2 ? [1] : [1, 2, 5];
    const apart = Math.ceil((last - first) / MOST_LEVELS) || 1;
    const all = [];
    for (let power = first; power < last + apart; power += apart) all.push(...factors.map((factor) => Number(`${factor}e${power}`)));
    const from = all.findLastIndex((value) => value <= low);
    const to = all.findIndex((value) => value >= high);
    return all.slice(Math.max(0, from), Math.max(to, from + 1) + 1);
  };
  const points = (line) => line.getAttribute("points").split(" ").map((point) => point.split(",").map(Number));
  const short = (value) =>
    value === 0 || (Math.abs(value) >= 0.01 && Math.abs(value) < 1e5)
      ? String(value)
      : value.toExponential().replace("e+", "e").replace(/^(.{6})\d*e/, "$1e");

  const draw = (figure) => {
    const { series, box: [, top, , bottom] } = told(figure);
    const { isLog, hidden } = chosen(figure);
    let [low, high] = [Infinity, -Infinity];
    for (const [place, { values }] of series.entries())
      for (const value of values)
        if (!hidden.has(place) && (!isLog || value > 0)) [low, high] = [Math.min(low, value), Math.max(high, value)];
    // Lines that have nothing above zero have no place on a logarithmic axis.
    if (low > high) [low, high] = [0.1, 1];
    const levels = isLog ? logarithmic(low, high) : linear(Math.min(0, low), high);
    const scale = (value) => (isLog ? Math.log10(value) : value);
    const [least, most] = [scale(levels[0]), scale(levels.at(-1))];
    const down = (value) =>
      isLog && value <= 0 ? bottom : bottom - Math.max(0, (scale(value) - least) / (most - least)) * (bottom - top);
    const group = figure.querySelector(".levels");
    const [line, label] = group.children;
    group.replaceChildren(
      ...levels.flatMap((value) => {
        const [newLine, newLabel] = [line.cloneNode(), label.cloneNode()];
        for (const end of ["y1", "y2"]) newLine.setAttribute(end, down(value));
        newLabel.setAttribute("y", down(value) + 4);
        newLabel.textContent = short(value);
        return [newLine, newLabel];
      }),
    );
    for (const [place, polyline] of figure.querySelectorAll("polyline").entries()) {
      const { values } = series[place];
      const moved = points(polyline).map(([x], index) => `${x},${down(values[index]).toFixed(1)}`);
      polyline.setAttribute("points", moved.join(" "));
      polyline.style.display = hidden.has(place) ? "none" : "";
    }
    for (const [place, key] of figure.querySelectorAll("button.chart-key").entries())
      key.setAttribute("aria-pressed", String(!hidden.has(place)));
    figure.querySelector(".chart-log").setAttribute("aria-pressed", String(isLog));
    figure.dataset.drawn = figure.dataset.chart;
  };

  let open = null;
  const close = () => {
    open?.querySelectorAll(".readout").forEach((part) => part.remove());
    open = null;
  };
  const element = (name, attributes) => {
    const made = document.createElementNS("http://www.w3.org/2000/svg", name);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    return made;
  };
  const number = (value) =>
    value.toLocaleString(document.documentElement.lang, Number.isInteger(value) ? {} : { maximumSignificantDigits: 4 });

  // Show the values at a `place`, with a line there and a dot on every line of the chart.
  const read = (plot, place) => {
    close();
    open = plot;
    const figure = plot.closest(".curve");
    const { box, x, series } = told(figure);
    const lines = [...plot.querySelectorAll("polyline")];
    const at = points(lines[0])[place][0];
    const drawn = element("g", { class: "readout" });
    drawn.append(element("line", { x1: at, x2: at, y1: box[1], y2: box[3] }));
    const said = Object.assign(document.createElement("div"), { className: "readout" });
    const words = [];
    const tell = (label, value, ...before) => {
      const [name, amount] = ["span", "strong"].map((kind) => document.createElement(kind));
      [name.textContent, amount.textContent] = [label, number(value)];
      said.append(...before, name, amount);
      words.push(`${label}: ${number(value)}`);
    };
    tell(x.label, x.values[place]);
    for (const [order, line] of lines.entries()) {
      if (chosen(figure).hidden.has(order)) continue;
      drawn.append(element("circle", { cx: at, cy: points(line)[place][1], r: 5, fill: line.getAttribute("stroke") }));
      const swatch = figure.querySelectorAll(".chart-key svg")[order].cloneNode(true);
      tell(series[order].label, series[order].values[place], swatch);
    }
    // On the side where there is room.
    const share = (100 * at) / WIDTH;
    said.style[share < 50 ? "left" : "right"] = `calc(${share < 50 ? share : 100 - share}% + 12px)`;
    plot.querySelector("svg").append(drawn);
    plot.append(said);
    plot.setAttribute("aria-valuenow", place);
    plot.setAttribute("aria-valuetext", words.join(", "));
  };
  const nearest = (plot, event) => {
    const area = plot.querySelector("svg").getBoundingClientRect();
    const at = ((event.clientX - area.left) / area.width) * WIDTH;
    const off = points(plot.querySelector("polyline")).map(([x]) => Math.abs(x - at));
    return off.indexOf(Math.min(...off));
  };
  const plotOf = (target) => target.closest?.(".curve .plot");

  const point = (event) => {
    const plot = plotOf(event.target);
    if (plot) read(plot, nearest(plot, event));
    else if (event.type === "pointerdown") close();
  };
  for (const kind of ["pointermove", "pointerdown"]) document.addEventListener(kind, point);
  document.addEventListener("pointerout", (event) => {
    // A finger that is lifted leaves what it pointed at.
    const plot = event.pointerType === "mouse" && plotOf(event.target);
    if (plot && !plot.contains(event.relatedTarget) && !plot.matches(":focus-visible")) close();
  });
  document.addEventListener("focusin", (event) => {
    const plot = plotOf(event.target);
    if (plot?.matches(":focus-visible")) read(plot, Number(plot.getAttribute("aria-valuenow")));
  });
  document.addEventListener("focusout", (event) => plotOf(event.target) === open && close());
  document.addEventListener("keydown", (event) => {
    const plot = plotOf(event.target);
    if (!plot) return;
    const [now, end] = ["aria-valuenow", "aria-valuemax"].map((name) => Number(plot.getAttribute(name)));
    const leap = Math.max(1, Math.round(end / 10));
    const steps = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1, PageDown: -leap, PageUp: leap, Home: -end, End: end };
    if (event.key === "Escape") close();
    if (!(event.key in steps)) return;
    event.preventDefault();
    read(plot, Math.min(end, Math.max(0, now + steps[event.key])));
  });

  const save = (figure) => {
    const { title, x, series } = told(figure);
    // A text that begins like a formula would be computed by spreadsheets.
    const quoted = (text) => `"${text.replace(/^[=+\-@]/, "'$&").replaceAll('"', '""')}"`;
    const head = [x, ...series].map(({ label }) => quoted(label));
    const rows = x.values.map((value, place) => [value, ...series.map(({ values }) => values[place])]);
    // By the mark at its beginning spreadsheets know a file for UTF-8.
    const text = "\ufeff" + [head, ...rows].map((row) => row.join(",") + "\r\n").join("");
    const url = URL.createObjectURL(new Blob([text], { type: "text/csv" }));
    window.explorer.download({ url, orig_name: `${title.replace(/[^\p{L}\p{N}]+/gu, "-").replace(/^-|-$/g, "")}.csv` });
    setTimeout(() => URL.revokeObjectURL(url), 60_000);
  };
  document.addEventListener("click", (event) => {
    const button = event.target.closest?.(".chart-keys button");
    if (!button) return;
    const figure = button.closest(".curve");
    if (button.matches(".chart-csv")) return save(figure);
    const choice = chosen(figure);
    if (button.matches(".chart-log")) choice.isLog = !choice.isLog;
    else {
      const place = [...figure.querySelectorAll(".chart-key")].indexOf(button);
      if (!choice.hidden.delete(place)) choice.hidden.add(place);
      // A chart without a line says nothing.
      if (choice.hidden.size === told(figure).series.length) choice.hidden.clear();
    }
    close();
    draw(figure);
    redraw.observe(document.body, { childList: true, subtree: true });
  });
  // Once somebody chose something, it is chosen of charts that come later, too.
  const redraw = new MutationObserver(() => {
    for (const figure of document.querySelectorAll(".curve[data-chart]"))
      if (told(figure).box && choices.has(told(figure).title) && figure.dataset.drawn !== figure.dataset.chart) draw(figure);
  });
})();
