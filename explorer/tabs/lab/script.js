// Asks the server to let the run go on, again and again while it is to run, and draws what it tells. Nothing runs there while
// nobody asks. Runs inside Gradio's HTML component.
const root = () => element.querySelector(".lab");
const find = (selector) => element.querySelector(selector);
let spoken = null;
const words = () => (spoken ??= JSON.parse(root().dataset.words));
const letters = () => Array.from(crypto.getRandomValues(new Uint8Array(24)), (byte) => "0123456789abcdefghijklmnopqrstuvwxyz"[byte % 36]).join("");
const run = letters();
// Without a session of its own, each request would make Gradio set one up.
const session = letters();
const asked = () => document.querySelector("#lab-settings [data-settings]")?.dataset;
const layers = { verdict: true, arrows: true, bent: false, charts: true };
let games = [];
let scene = null;
let snapshots = [];
let playing = false;
let asking = 0;
let rewound = false;
let slowly = null;
let speed = null;
let known = "";
const html = document.documentElement;
// What is asked for, read anew where it changed.
let read = ["", {}];
const settings = () => {
  const now = asked().settings;
  if (read[0] !== now) read = [now, JSON.parse(now)];
  return read[1];
};
const part = () => settings().part;

const post = async (name, data) => {
  const options = { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify({ data, session_hash: session }) };
  const response = await fetch(`gradio_api/run/${name}`, options);
  const answer = await response.json();
  if (!response.ok || answer.error) throw new Error(answer.error || response.statusText);
  return answer.data[0];
};
const state = (text) => {
  const line = find(".lab-state");
  if (line && line.textContent !== text) line.textContent = text;
};
const fill = (text, values) => text.replace(/\[(\w+)\]/g, (_, name) => values[name]);
const number = (value, digits = 3) => (Number.isFinite(value) ? value.toFixed(digits).replace("-", "−") : "–");
const last = (log, field) => {
  for (let place = log.length - 1; place >= 0; place--) if (Number.isFinite(log[place][field])) return log[place][field];
  return NaN;
};
const step = () => (part() === "pictures" ? (training?.step ?? 0) : (games[0]?.frame.step ?? 0));

// ---- what is shown ---------------------------------------------------------------------------

const panel = (name, index) => {
  const figure = document.createElement("figure");
  figure.className = "lab-game";
  const title = document.createElement("figcaption");
  title.textContent = name;
  title.hidden = !name;
  const stage = document.createElement("div");
  const canvas = Object.assign(document.createElement("canvas"), { className: "lab-canvas" });
  canvas.setAttribute("role", "img");
  stage.append(canvas);
  const numbers = Object.assign(document.createElement("dl"), { className: "lab-numbers" });
  const charts = chartBox(["losses", "jsd", "value", "gradient"], (chart) => chart.setAttribute("aria-hidden", "true"));
  figure.append(title, stage, numbers, charts);
  figure.dataset.game = index;
  return figure;
};
const build = () => {
  const names = JSON.parse(asked().names);
  const box = find(".lab-games");
  if (box.children.length === games.length && box.dataset.names === asked().names) return;
  box.dataset.names = asked().names;
  box.dataset.count = games.length;
  box.replaceChildren(...games.map((_, index) => panel(names[index] ?? "", index)));
};
const facts = (game) => {
  const told = words();
  const shown = [
    [told.step, step().toLocaleString()],
    ["JSD", `${number(last(game.log, "jsd"))} (${fill(told.floor, { floor: number(scene.floor) })})`],
  ];
  if (scene.modes) shown.push([told.covered, `${number(last(game.log, "covered"), 0)} / ${scene.modes}`]);
  const value = last(game.log, "value");
  if (Number.isFinite(value)) shown.push(["V(D, G)", `${number(value)} (−log 4 = −1.386)`]);
  return shown;
};
// Numbers and plots change a few times a second while it runs: nobody reads faster, and drawing takes what training needs.
const UNHURRIED = 300;
let toldAt = 0;
const show = () => {
  if (root() && asked() && part() === "pictures") return training && showPictures();
  if (!games.length || !scene || !root()) return;
  build();
  const told = words();
  const now = performance.now();
  const isDue = !playing || now - toldAt > UNHURRIED;
  if (isDue) toldAt = now;
  find(".lab-games").classList.toggle("plain", !layers.charts);
  games.forEach((game, index) => {
    const figure = find(`[data-game="${index}"]`);
    const draw = scene.dims === 1 ? drawLine : drawPlane;
    const canvas = figure.querySelector(".lab-canvas");
    draw(canvas, game, scene, layers, game.frame.stage, told);
    if (!isDue) return;
    const lines = facts(game);
    const list = figure.querySelector("dl");
    const text = JSON.stringify(lines);
    if (list.dataset.told !== text) {
      list.dataset.told = text;
      list.replaceChildren(...pairs(lines));
      canvas.setAttribute("aria-label", lines.map((pair) => pair.join(" ")).join(", "));
    }
    if (!layers.charts) return;
    const chart = (kind) => figure.querySelector(`[data-chart="${kind}"]`);
    drawChart(chart("losses"), game.log, [["d_loss", "real"], ["g_loss", "fake"]], { label: told.losses });
    drawChart(chart("jsd"), game.log, [["jsd", "ink"]], { label: told.jsd, rule: scene.floor, floor: 0 });
    chart("value").parentElement.hidden = !scene.probable[index];
    if (scene.probable[index]) drawChart(chart("value"), game.log, [["value", "ink"]], { label: told.value, rule: -1.3863 });
    drawChart(chart("gradient"), game.log, [["d_gradient", "real"], ["g_gradient", "fake"]], { label: told.gradient, logarithmic: true });
  });
  if (!isDue) return;
  const slider = find(".lab-rewind input");
  slider.max = Math.max(0, snapshots.length - 1);
  if (document.activeElement !== slider || playing) {
    const place = snapshots.findIndex((each) => each > step());
    slider.value = (place < 0 ? snapshots.length : place) - 1;
  }
  slider.style.setProperty("--range_progress", `${(100 * slider.value) / Math.max(1, slider.max)}%`);
  slider.setAttribute("aria-valuetext", fill(told.at, { step: step().toLocaleString() }));
};

// ---- questions and answers -------------------------------------------------------------------

const take = (answer) => {
  if (answer.refused) {
    pause();
    return state(answer.refused);
  }
  if (answer.kind === "pictures") return takePictures(answer);
  if (answer.fresh) {
    scene = answer;
    games = [];
    speed = null;
  }
  // Two answers may come in the wrong order; going back is never done by two at once.
  if (games.length && !rewound && answer.step < step()) return;
  rewound = false;
  snapshots = answer.snapshots;
  games = answer.games.map((game, index) => {
    const log = (games[index]?.log ?? []).filter((entry) => entry.step <= answer.step);
    const since = log.length ? log[log.length - 1].step : -1;
    log.push(...game.log.filter((entry) => entry.step > since && entry.step <= answer.step));
    return { frame: game.frame, log };
  });
  const before = toldAt;
  show();
  if (answer.over || toldAt !== before) tell(answer);
};
const tell = (answer) => {
  const told = words();
  if (answer.over) {
    pause();
    state(fill(told[`over_${answer.over}`], { step: step().toLocaleString(), ...scene.budget, budget: scene.budget.steps.toLocaleString() }));
  } else {
    const left = { steps: (scene.budget.steps - step()).toLocaleString(), seconds: Math.max(0, Math.round(scene.budget.seconds - answer.seconds)) };
    const fast = playing && speed ? fill(told.speed, { speed: Math.round(speed).toLocaleString() }) : "";
    state(fill(told.left, left) + fast);
  }
};
const since = () => {
  const log = games[0]?.log;
  return log?.length ? log[log.length - 1].step : -1;
};
const ask = async (command, amount = 0) => take(JSON.parse(await post("lab_play", [settings(), run, command, amount, since(), html.lang])));
const complain = (error) => {
  pause();
  state(String(error.message || error));
};
// Two questions are under way at a time, so that the server need not wait for the next one.
const AT_ONCE = 2;
// Whoever looks at something else need not be played to.
const isSeen = () => element.isConnected && element.offsetParent !== null && !document.hidden;
const go = async () => {
  // Where a lesson stops by itself; from there on it runs until somebody stops it.
  const stop = part() === "pictures" ? 0 : Number(asked().until);
  const until = step() < stop ? stop : 1_000_000_000;
  asking += 1;
  let began = performance.now();
  let from = step();
  try {
    while (playing && root() && isSeen()) {
      const answer = JSON.parse(await post("lab_play", [settings(), run, "play", until, since(), html.lang]));
      if (!playing) break;
      if (answer.place) {
        state(fill(words().place, { place: answer.place }));
        await new Promise((resolve) => setTimeout(resolve, 700));
        continue;
      }
      take(answer);
      if (step() < from) [from, began] = [step(), performance.now()];
      const took = performance.now() - began;
      if (took > 1000) {
        speed = (1000 * (step() - from)) / took;
        [from, began] = [step(), performance.now()];
        root().dataset.speed = speed.toFixed(0);
      }
      root().dataset.pictures = Number(root().dataset.pictures ?? 0) + 1;
      if (step() >= until) pause();
    }
  } catch (error) {
    complain(error);
  } finally {
    asking -= 1;
    if (!asking && playing) pause();
  }
};
const play = () => {
  stopSlow();
  playing = true;
  mark();
  while (asking < AT_ONCE) go();
};
const pause = () => {
  if (!playing) return;
  playing = false;
  mark();
  post("lab_play", [settings(), run, "look", 0, since(), html.lang]).catch(() => {});
};
const mark = () => {
  const button = find("[data-act=run]");
  button.textContent = playing ? words().pause : words().run;
  button.setAttribute("aria-pressed", playing);
};
// After a pause, until the questions under way are answered.
const settled = async () => {
  pause();
  while (asking) await new Promise((resolve) => setTimeout(resolve, 20));
};
const stopSlow = () => {
  clearTimeout(slowly);
  slowly = null;
};
const slow = async () => {
  const answer = JSON.parse(await post("lab_play", [settings(), run, "slow", 0, since(), html.lang]));
  if (!answer.slow) return take(answer);
  let place = 0;
  const next = () => {
    if (place === 3) {
      rewound = true;
      take(answer);
    } else {
      answer.slow.forEach((frames, index) => (games[index] = { ...games[index], frame: frames[place] }));
      show();
    }
    const { stage, entry } = answer.slow[0][place];
    state(fill(words()[`stage_${stage}`], { d_loss: number(entry.d_loss), g_loss: number(entry.g_loss) }));
    place += 1;
    if (place < 4) slowly = setTimeout(next, 1600);
  };
  next();
};
const save = async (kind) => {
  state(words().saving);
  const file = await post("lab_film", [run, kind]);
  download(file);
  state("");
};
const table = () => {
  const save = (fields, rows) => {
    const url = URL.createObjectURL(new Blob([[fields.join(","), ...rows].join("\n") + "\n"], { type: "text/csv" }));
    window.explorer.download({ url, orig_name: "lab.csv" });
    setTimeout(() => URL.revokeObjectURL(url), 10_000);
  };
  if (part() === "pictures") {
    const fields = ["step", "loss_discriminator", "loss_generator", "score_real", "score_fake"];
    return save(fields, training.log.map((entry) => fields.map((field) => entry[field] ?? "").join(",")));
  }
  const fields = ["game", "step", "d_loss", "g_loss", "d_gradient", "g_gradient", "jsd", "covered", "value"];
  const rows = games.flatMap((game, index) => game.log.map((entry) => fields.map((field) => (field === "game" ? index : (entry[field] ?? ""))).join(",")));
  save(fields, rows);
};

// ---- drawing a density -----------------------------------------------------------------------

const BARS = 64;
const CELLS = 24;
let marks = null;
const isDrawn = () => settings().data.startsWith("drawn");
const isPlane = () => settings().data === "drawn-plane";
const unpack = () => {
  const { drawn } = settings();
  const count = isPlane() ? CELLS * CELLS : BARS;
  const digits = drawn.length === (isPlane() ? count / 4 : count) ? [...drawn].map((digit) => parseInt(digit, 16)) : null;
  if (!digits) marks = new Array(count).fill(0);
  else marks = isPlane() ? digits.flatMap((digit) => [8, 4, 2, 1].map((bit) => (digit & bit ? 1 : 0))) : digits;
};
const written = () => {
  if (!isPlane()) return marks.map((height) => height.toString(16)).join("");
  let text = "";
  for (let place = 0; place < marks.length; place += 4) text += (8 * marks[place] + 4 * marks[place + 1] + 2 * marks[place + 2] + marks[place + 3]).toString(16);
  return text;
};
const paint = () => {
  const paper = find(".lab-paper");
  const pen = paper.getContext("2d");
  const colours = palette();
  pen.fillStyle = colours.paper;
  pen.fillRect(0, 0, paper.width, paper.height);
  pen.fillStyle = colours.real;
  if (isPlane())
    marks.forEach((is, place) => is && pen.fillRect((place % CELLS) * 16, paper.height - 16 - Math.floor(place / CELLS) * 16, 16, 16));
  else marks.forEach((height, place) => pen.fillRect(place * 6, paper.height - height * 25, 6, height * 25));
  if (document.activeElement === paper) {
    pen.strokeStyle = colours.ink;
    isPlane() ? pen.strokeRect(cursor.x * 16, paper.height - 16 - cursor.y * 16, 16, 16) : pen.strokeRect(cursor.x * 6, 0, 6, paper.height);
  }
};
const cursor = { x: 0, y: 0 };
let drawing = null;
const stroke = (event) => {
  const box = find(".lab-paper").getBoundingClientRect();
  const [x, y] = [(event.clientX - box.left) / box.width, 1 - (event.clientY - box.top) / box.height];
  const inside = (value, count) => Math.max(0, Math.min(count - 1, Math.floor(value * count)));
  if (isPlane()) {
    const place = inside(y, CELLS) * CELLS + inside(x, CELLS);
    drawing ??= marks[place] ? 0 : 1;
    marks[place] = drawing;
  } else {
    const to = inside(x, BARS);
    // A quick hand skips bars.
    for (let bar = Math.min(to, cursor.x); drawing !== null && bar <= Math.max(to, cursor.x); bar++) marks[bar] = inside(y, 16);
    drawing = 1;
    marks[to] = inside(y, 16);
    cursor.x = to;
  }
  paint();
};
const send = () => {
  drawing = null;
  if (marks.some(Boolean)) trigger("select", { drawn: written() });
};
const move = (event) => {
  const [dx, dy] = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] }[event.key] ?? [0, 0];
  const acts = event.key === " " || event.key === "Enter";
  if (!dx && !dy && !acts) return;
  event.preventDefault();
  const wide = isPlane() ? CELLS : BARS;
  cursor.x = Math.max(0, Math.min(wide - 1, cursor.x + dx));
  if (isPlane()) {
    cursor.y = Math.max(0, Math.min(CELLS - 1, cursor.y + dy));
    if (acts) marks[cursor.y * CELLS + cursor.x] = 1 - marks[cursor.y * CELLS + cursor.x];
  } else marks[cursor.x] = Math.max(0, Math.min(15, marks[cursor.x] + dy));
  paint();
  if (acts || (dy && !isPlane())) send();
};

// ---- events ----------------------------------------------------------------------------------

const acts = {
  run: () => (playing ? pause() : play()),
  step: async () => (await settled(), ask("step", 1)),
  ten: async () => (await settled(), ask("step", 10)),
  discriminator: async () => (await settled(), ask("discriminator", 10)),
  generator: async () => (await settled(), ask("generator", 10)),
  slow: async () => (await settled(), slow()),
  reset: async () => (await settled(), (rewound = true), ask("reset")),
  gif: async () => (await settled(), save("gif")),
  mp4: async () => (await settled(), save("mp4")),
  csv: table,
  keep: async () => (await settled(), keep()),
  wipe: () => (marks.fill(0), paint()),
};
element.addEventListener("click", async (event) => {
  const act = event.target.closest("[data-act]")?.dataset.act;
  if (!act) return;
  stopSlow();
  try {
    await acts[act]();
  } catch (error) {
    complain(error);
  }
});
element.addEventListener("input", async (event) => {
  if (event.target.dataset.layer) {
    layers[event.target.dataset.layer] = event.target.checked;
    show();
  } else if (event.target.closest(".lab-rewind")) {
    const wanted = snapshots[Number(event.target.value)];
    window.explorer.last(event.target, async () => {
      await settled();
      rewound = true;
      ask("rewind", wanted).catch(complain);
    });
  }
});
element.addEventListener("pointerdown", (event) => {
  if (!event.target.matches(".lab-paper")) return;
  event.target.setPointerCapture(event.pointerId);
  stroke(event);
});
element.addEventListener("pointermove", (event) => drawing !== null && stroke(event));
for (const kind of ["pointerup", "pointercancel"]) element.addEventListener(kind, () => drawing !== null && send());
element.addEventListener("keydown", (event) => event.target.matches(".lab-paper") && move(event));
for (const kind of ["focusin", "focusout"]) element.addEventListener(kind, (event) => event.target.matches(".lab-paper") && paint());

// Other settings reach a run that goes on with its next question; one that rests shows them at once.
const settle = async () => {
  const now = asked()?.settings;
  if (!now || !root() || now === known) return;
  const first = !known;
  known = now;
  root().dataset.part = part();
  find(".lab-drawing").hidden = part() === "pictures" || !isDrawn();
  if (isDrawn() && drawing === null) unpack(), paint();
  if (playing && !first) return;
  try {
    rewound = true;
    await ask("look");
  } catch (error) {
    complain(error);
  }
};
new MutationObserver(settle).observe(document.getElementById("lab-settings"), { childList: true, subtree: true, attributes: true });
new MutationObserver(() => {
  colours = null;
  show();
}).observe(document.body, { attributes: true, attributeFilter: ["class"] });
new ResizeObserver(() => requestAnimationFrame(show)).observe(element);
window.addEventListener("pagehide", () => navigator.sendBeacon("gradio_api/run/lab_leave", new Blob([JSON.stringify({ data: [run], session_hash: session })], { type: "application/json" })));
watch("value", () => {
  spoken = null;
  known = "";
  settle();
});
settle();
