// Sliders, and a pad over two of them, that steer a picture: while they move, the picture there is fetched straight from the
// server and put in the place of the last one. Runs inside Gradio's HTML component. An event of Gradio's, which brings the
// whole page up to date, would take far longer: there is one when they are let go.
const rack = () => element.querySelector(".steering");
const pad = () => element.querySelector(".pad");
const sliders = () => [...element.querySelectorAll(".steer-row input")];
const slider = (name) => sliders().find((input) => input.name === name);
const axes = () => [pad().dataset.across, pad().dataset.up];
const position = () => [Number(pad().dataset.x), Number(pad().dataset.y)];
const clamp = (value) => Math.min(1, Math.max(-1, value));
const KEYS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };
// Without a session of its own, each request would make Gradio set one up, which takes longer than the picture.
const session = Math.random().toString(36).slice(2);
let moving = false;
let drawing = false;
let pictured = null;
let soon = null;

// How far it goes along each direction, by name; sliders in their middle are left out.
const amounts = () => {
  const found = {};
  for (const input of sliders()) if (Number(input.value)) found[input.name] = Number(input.value);
  if (!sliders().length && pad()) for (const [place, name] of axes().entries()) found[name] = position()[place];
  return found;
};
const show = () => {
  for (const input of sliders()) {
    const value = Number(input.value);
    const back = input.closest(".steer-row").querySelector(".steer-value");
    input.style.setProperty("--range_progress", `${50 * (value + 1)}%`);
    back.textContent = `${value > 0 ? "+" : ""}${value}`;
    back.disabled = !value;
  }
  if (!pad()) return;
  if (sliders().length) [pad().dataset.x, pad().dataset.y] = axes().map((name) => slider(name).value);
  for (const [place, at] of position().entries()) pad().style.setProperty(["--x", "--y"][place], at);
};
// What the function that draws is asked besides the amounts: it stands where the picture does, or with the pad.
const asked = () => (document.querySelector(`[data-asked-by="${rack()?.dataset.tab}"]`) ?? rack())?.dataset.asked;
// The address is relative, as the page may not lie at the root of its server.
const fetched = async (run, data) => {
  const options = { method: "POST", headers: { "content-type": "application/json" } };
  const body = JSON.stringify({ data, session_hash: session });
  return (await (await fetch(`gradio_api/run/${run}`, { ...options, body })).json()).data?.[0];
};
// One picture at a time, and after it the one of the last position, so that none is older than the one before it.
const draw = async () => {
  if (drawing) return;
  drawing = true;
  try {
    for (let drawn = null; rack() && asked() && drawn !== JSON.stringify(amounts()); ) {
      const [at, { tab, run }] = [amounts(), rack().dataset];
      drawn = JSON.stringify(at);
      const picture = new Image();
      picture.src = await fetched(run, [...JSON.parse(asked()), at]);
      await picture.decode();
      for (const shown of document.querySelectorAll(`[data-follows="${tab}"]`)) shown.src = picture.src;
      const said = document.querySelector(`[data-says="${tab}"]`);
      if (said && pad()) said.textContent = axes().map((name) => (at[name] ?? 0).toFixed(2)).join(" / ");
    }
  } catch {
    // What the server refuses is not drawn; the event at the end says why.
  } finally {
    drawing = false;
  }
};
const settle = (last) => {
  clearTimeout(soon);
  const [x, y] = pad() ? position() : [];
  trigger("select", { amounts: amounts(), last, x, y });
};
// Of keys in quick succession only the last one is told.
const settleSoon = (last) => {
  clearTimeout(soon);
  soon = setTimeout(() => settle(last), 200);
};
const turn = (input, value) => {
  input.value = value;
  show();
  draw();
};
const place = (x, y) => {
  for (const [index, value] of [x, y].entries()) {
    const at = Number(clamp(value).toFixed(sliders().length ? 2 : 3));
    pad().dataset[["x", "y"][index]] = at;
    if (sliders().length) slider(axes()[index]).value = at;
  }
  show();
  draw();
};

// What each slider does to this picture, at both its ends: all in one picture, once for each picture that one starts from.
const picture = async () => {
  const from = asked();
  const run = rack()?.dataset.ends;
  if (!run || !from || from === pictured) return;
  if (moving || drawing) {
    setTimeout(picture, 500);
    return;
  }
  pictured = from;
  const sheet = await fetched(run, JSON.parse(from));
  if (!sheet || from !== asked()) return;
  for (const end of element.querySelectorAll(".steer-end")) end.style.backgroundImage = `url(${sheet})`;
};

// ---- the pad ----

const nameEnds = () => {
  for (const [index, axis] of ["across", "up"].entries()) {
    const chosen = element.querySelector(`select[data-axis="${axis}"]`)?.selectedOptions[0];
    if (!chosen) continue;
    const [one, other] = element.querySelectorAll(`.pad-${["x", "y"][index]}`);
    [one.textContent, other.textContent] = [chosen.dataset.one, chosen.dataset.other];
  }
};
const choose = (select) => {
  const { axis } = select.dataset;
  const other = axis === "across" ? "up" : "across";
  // Two axes along the same direction would be none: they change places.
  if (pad().dataset[other] === select.value) {
    pad().dataset[other] = pad().dataset[axis];
    element.querySelector(`select[data-axis="${other}"]`).value = pad().dataset[axis];
  }
  pad().dataset[axis] = select.value;
  nameEnds();
  show();
};
const follow = (event) => {
  const box = pad().getBoundingClientRect();
  place((2 * (event.clientX - box.left)) / box.width - 1, 1 - (2 * (event.clientY - box.top)) / box.height);
};
element.addEventListener("pointerdown", (event) => {
  if (!event.target.closest(".pad")) return;
  moving = true;
  pad().setPointerCapture(event.pointerId);
  follow(event);
});
element.addEventListener("pointermove", (event) => moving && event.target.closest(".pad") && follow(event));
for (const kind of ["pointerup", "pointercancel"])
  element.addEventListener(kind, (event) => {
    if (!moving || !event.target.closest(".pad")) return;
    moving = false;
    settle(axes()[0]);
  });

// ---- sliders, and keys for both ----

element.addEventListener("input", (event) => {
  if (!event.target.matches(".steer-row input")) return;
  moving = true;
  turn(event.target, event.target.value);
});
element.addEventListener("change", (event) => {
  if (event.target.matches("select[data-axis]")) choose(event.target);
  if (!event.target.matches(".steer-row input")) return;
  moving = false;
  settle(event.target.name);
});
element.addEventListener("keydown", (event) => {
  const step = KEYS[event.key];
  const input = event.target.closest(".steer-row input");
  if (!(step || event.key === "Home") || !(input || event.target.closest(".pad"))) return;
  event.preventDefault();
  if (input) {
    turn(input, step ? clamp(Number(input.value) + 0.05 * (step[0] + step[1])).toFixed(2) : 0);
    settleSoon(input.name);
    return;
  }
  const [x, y] = position();
  step ? place(x + 0.1 * step[0], y + 0.1 * step[1]) : place(0, 0);
  settleSoon(axes()[0]);
});
element.addEventListener("click", (event) => {
  const button = event.target.closest(".steer-end, .steer-value, .steer-reset");
  if (!button) return;
  const input = button.closest(".steer-row")?.querySelector("input");
  for (const each of input ? [input] : sliders()) {
    // A second click on an end goes back to the middle.
    const to = button.dataset.to ?? 0;
    turn(each, to === each.value ? 0 : to);
  }
  settle(input?.name ?? "");
});

let watched = null;
const setUp = () => {
  if (!rack() || moving) return;
  // A slider that was moved once keeps its place, whatever the new HTML says.
  for (const input of sliders()) input.value = input.getAttribute("value");
  pictured = null;
  nameEnds();
  show();
  picture();
  const view = document.getElementById(rack().dataset.view);
  if (!view || view === watched) return;
  watched = view;
  // Another picture stands there, perhaps an older one than that which the hand has led to since.
  new MutationObserver(() => (moving ? draw() : picture())).observe(view, { childList: true, subtree: true });
};
watch("value", setUp);
setUp();
