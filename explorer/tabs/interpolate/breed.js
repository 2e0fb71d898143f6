// Two keyframes and their children. What two parents have is fetched straight from the server, and again while the slider moves; a
// child that is clicked becomes a keyframe, and one of the parents. Runs inside Gradio's HTML component.
const find = (selector) => element.querySelector(selector);
const parents = () => [...element.querySelectorAll("select")];
const slider = () => find("input[type=range]");
const session = Math.random().toString(36).slice(2);
let seed = 0;
let strength = null;
let pair = null;
let born = false;
let seen = false;
let drawing = false;
let touched = false;
let broods = 0;

const facts = () => JSON.parse(find(".breeding").dataset.facts);
const chosen = () => parents().map((select) => facts().keys.find((key) => key.number === Number(select.value)));
// The first and the last keyframe, if nobody chose others.
const usual = () => [facts().keys[0], facts().keys.at(-1)].map((key) => key.number);
const asked = () => {
  const [{ model, truncation }, both] = [facts(), chosen()];
  return [model, both.map((key) => key.point), Number(slider().value), seed, truncation, both.map((key) => key.label)];
};
const fetched = async (data) => {
  const options = { method: "POST", headers: { "content-type": "application/json" } };
  const body = JSON.stringify({ data, session_hash: session });
  return (await (await fetch("gradio_api/run/breed_look", { ...options, body })).json()).data?.[0];
};
// One brood at a time, and after it that of the last position of the slider.
const draw = async () => {
  if (drawing || !seen) return;
  drawing = true;
  try {
    for (let drawn = null; find(".breeding") && drawn !== JSON.stringify(asked()); ) {
      const data = asked();
      drawn = JSON.stringify(data);
      const uris = await fetched(data);
      if (!uris) break;
      for (const [place, child] of element.querySelectorAll(".tile img").entries()) child.src = uris[place];
      find(".breed-children").dataset.broods = broods += 1;
    }
  } finally {
    drawing = false;
  }
};
const show = () => {
  slider().style.setProperty("--range_progress", `${100 * slider().value}%`);
  find("output").textContent = `${Math.round(100 * slider().value)} %`;
  for (const [place, key] of chosen().entries()) {
    const drawn = document.querySelector(`#path-keys .key[data-number="${key.number}"] img`);
    if (drawn) element.querySelectorAll(".breed-parent img")[place].src = drawn.src;
  }
};
// Once somebody has bred. Of parents a link holds where they stand among its keyframes, which are seeds.
const told = () => {
  if (!touched) return {};
  const linked = facts().keys.filter((key) => typeof key.point === "number").map((key) => key.number);
  const places = chosen().map((key) => linked.indexOf(key.number));
  return { parents: places.includes(-1) ? "" : places.join("-"), strength: Number(slider().value), brood: seed };
};
(window.explorer.path ??= {}).breed = () => (find(".breeding") ? told() : {});
window.explorer.extras.interpolate ??= () => Object.assign({}, ...Object.values(window.explorer.path).map((of) => of()));
const tell = () => {
  touched = true;
  window.explorer.amend("interpolate", told());
};
const change = () => {
  pair = parents().map((select) => Number(select.value));
  strength = slider().value;
  show();
  draw();
};

element.addEventListener("input", (event) => event.target.matches("input[type=range]") && change());
element.addEventListener("change", () => {
  change();
  tell();
});
element.addEventListener("click", (event) => {
  if (event.target.closest(".breed-dice")) {
    seed = Math.floor(Math.random() * 1_000_000);
    change();
    tell();
  }
  const child = event.target.closest(".tile");
  if (!child?.querySelector("img").src) return;
  born = touched = true;
  const [first, second] = parents().map((select) => Number(select.value));
  const what = { first, second, strength: Number(slider().value), seed, place: Number(child.dataset.place) };
  window.explorer.last(element, () => trigger("select", what));
});
// What nobody has scrolled to is not drawn.
const come = (entries) => {
  if (!entries.some((entry) => entry.isIntersecting)) return;
  seen = true;
  if (find(".breeding")) draw();
};
const near = new IntersectionObserver(come, { rootMargin: "200px" });
const setUp = () => {
  if (!find(".breeding")) return;
  const { keys, start } = facts();
  const numbers = keys.map((key) => key.number);
  if (start) [seed, strength, pair] = [start.seed, start.strength, start.parents];
  if (start?.seed || start?.parents) touched = true;
  // A child takes the place of its first parent.
  if (born && pair !== null) pair = [numbers.at(-1), pair[1]];
  else if (born) pair = [numbers.at(-1), numbers.at(-2)];
  born = false;
  if (pair && !pair.every((number) => numbers.includes(number))) pair = null;
  for (const [place, select] of parents().entries()) select.value = (pair ?? usual())[place];
  if (strength !== null) slider().value = strength;
  show();
  near.observe(element);
  draw();
};
watch("value", setUp);
setUp();
