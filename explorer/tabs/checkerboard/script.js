// Two loupes that show the same part of the same face, drawn by two networks. Runs inside Gradio's HTML component.
const PART = 24 / 64;
let chosen = 0;
let [x, y] = [0.5, 0.3];

const clamp = (share) => Math.min(1, Math.max(0, share));
const show = () => {
  element.style.setProperty("--x", x);
  element.style.setProperty("--y", y);
  for (const side of element.querySelectorAll("section")) {
    const tiles = [...side.querySelectorAll(".twin")];
    tiles.forEach((tile, place) => tile.setAttribute("aria-pressed", String(place === chosen)));
    side.querySelector(".loupe").style.backgroundImage = `url(${tiles[chosen].querySelector("img").src})`;
  }
};
const choose = (tile) => (chosen = [...tile.parentNode.children].indexOf(tile));
const point = (event) => {
  const tile = event.target.closest(".twin");
  // The keyboard clicks too, but points nowhere.
  if (!tile || (event.type === "click" && event.detail === 0)) return;
  const box = tile.getBoundingClientRect();
  choose(tile);
  x = clamp(((event.clientX - box.left) / box.width - PART / 2) / (1 - PART));
  y = clamp(((event.clientY - box.top) / box.height - PART / 2) / (1 - PART));
  show();
};
element.addEventListener("pointermove", point);
element.addEventListener("click", point);
element.addEventListener("focusin", (event) => {
  const tile = event.target.closest(".twin");
  if (!tile) return;
  choose(tile);
  show();
});
element.addEventListener("keydown", (event) => {
  const step = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
  if (!step || !event.target.closest(".twin")) return;
  event.preventDefault();
  [x, y] = [clamp(x + 0.1 * step[0]), clamp(y + 0.1 * step[1])];
  show();
});
const setUp = () => element.querySelector(".twin") && show();
watch("value", setUp);
setUp();
