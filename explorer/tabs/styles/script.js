// The pad: where the point is dragged is told to the server, which draws the picture there. Runs inside Gradio's HTML
// component. One position is under way at a time, and when its picture is there, the last one follows: Gradio may lose the
// last of many events.
const PATIENCE = 3000;
const pad = () => element.querySelector(".pad");
let dragging = false;
let told = null;
let waiting = null;

const position = () => `${pad().dataset.x} ${pad().dataset.y}`;
const tell = () => {
  told = position();
  waiting = setTimeout(answered, PATIENCE);
  trigger("select", { x: Number(pad().dataset.x), y: Number(pad().dataset.y) });
};
const answered = () => {
  clearTimeout(waiting);
  waiting = null;
  if (pad() && told !== null && told !== position()) tell();
};
window.explorer.padAnswered = answered;

const clamp = (value) => Math.min(1, Math.max(-1, value));
const place = (x, y) => {
  pad().dataset.x = x;
  pad().dataset.y = y;
  pad().style.setProperty("--x", x);
  pad().style.setProperty("--y", y);
};
const move = (x, y) => {
  [x, y] = [x, y].map((value) => Number(clamp(value).toFixed(3)));
  if (x === Number(pad().dataset.x) && y === Number(pad().dataset.y)) return;
  place(x, y);
  if (waiting === null) tell();
};
const follow = (event) => {
  const box = pad().getBoundingClientRect();
  move((2 * (event.clientX - box.left)) / box.width - 1, 1 - (2 * (event.clientY - box.top)) / box.height);
};
element.addEventListener("pointerdown", (event) => {
  if (!event.target.closest(".pad")) return;
  dragging = true;
  pad().setPointerCapture(event.pointerId);
  follow(event);
});
element.addEventListener("pointermove", (event) => dragging && follow(event));
for (const kind of ["pointerup", "pointercancel"]) element.addEventListener(kind, () => (dragging = false));
element.addEventListener("keydown", (event) => {
  const step = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] }[event.key];
  if (!event.target.closest(".pad") || !(step || event.key === "Home")) return;
  event.preventDefault();
  const [x, y] = [Number(pad().dataset.x), Number(pad().dataset.y)];
  step ? move(x + 0.1 * step[0], y + 0.1 * step[1]) : move(0, 0);
});
const setUp = () => {
  if (!pad() || dragging) return;
  told = null;
  place(pad().dataset.x, pad().dataset.y);
};
watch("value", setUp);
setUp();
