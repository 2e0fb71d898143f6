// The pad: wherever the point is dragged, the picture there is fetched and put in the place of the last one. Runs inside
// Gradio's HTML component. An event of Gradio's, which brings the whole page up to date, would take far longer: there is one
// when the point is let go.
const pad = () => element.querySelector(".pad");
const position = () => [Number(pad().dataset.x), Number(pad().dataset.y)];
const clamp = (value) => Math.min(1, Math.max(-1, value));
// Without a session of its own, each request would make Gradio set one up, which takes longer than the picture.
const session = Math.random().toString(36).slice(2);
let dragging = false;
let drawing = false;

const place = (x, y) => {
  pad().dataset.x = x;
  pad().dataset.y = y;
  pad().style.setProperty("--x", x);
  pad().style.setProperty("--y", y);
};
// The address is relative, as the page may not lie at the root of its server.
const fetched = async (asked, [x, y]) => {
  const body = JSON.stringify({ data: [...asked, { 1: x, 2: y }], session_hash: session });
  const options = { method: "POST", headers: { "content-type": "application/json" }, body };
  const { data } = await (await fetch("gradio_api/run/styles_pad", options)).json();
  const picture = new Image();
  picture.src = data[0];
  await picture.decode();
  return picture;
};
// One picture at a time, and after it the one of the last position, so that none is older than the one before it.
const draw = async () => {
  if (drawing) return;
  drawing = true;
  try {
    for (let drawn = null; pad() && drawn !== String(position()); ) {
      const at = position();
      drawn = String(at);
      const picture = await fetched(JSON.parse(pad().dataset.asked), at);
      const shown = document.querySelector("#styles-drawn .dragged");
      shown.querySelector("img").src = picture.src;
      shown.querySelector("strong").textContent = at.map((value) => value.toFixed(2)).join(" / ");
      [shown.dataset.x, shown.dataset.y] = at.map((value) => value.toFixed(2));
    }
  } finally {
    drawing = false;
  }
};
const move = (x, y) => {
  place(...[x, y].map((value) => Number(clamp(value).toFixed(3))));
  draw();
};
const settle = () => {
  const [x, y] = position();
  trigger("select", { x, y });
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
for (const kind of ["pointerup", "pointercancel"])
  element.addEventListener(kind, () => {
    if (dragging) settle();
    dragging = false;
  });
element.addEventListener("keydown", (event) => {
  const step = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] }[event.key];
  if (!event.target.closest(".pad") || !(step || event.key === "Home")) return;
  event.preventDefault();
  const [x, y] = position();
  step ? move(x + 0.1 * step[0], y + 0.1 * step[1]) : move(0, 0);
  settle();
});
const setUp = () => pad() && !dragging && place(...position());
watch("value", setUp);
setUp();
