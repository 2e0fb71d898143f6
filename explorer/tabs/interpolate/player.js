// The player of a path: all frames are on one sheet, so that playing and scrubbing ask the server nothing.
// Runs inside Gradio's HTML component.
const find = (selector) => element.querySelector(selector);
let film = null;
let timer = null;
let time = 0;

const nearest = (t) =>
  film.times.reduce((best, other, index) => (Math.abs(other - t) < Math.abs(film.times[best] - t) ? index : best), 0);
const draw = () => {
  const sheet = find(".player-sheet");
  if (!film || !sheet.complete || !sheet.naturalWidth) return;
  const stop = Number(find("input").value);
  const { width, height } = find("canvas");
  const frame = stop % film.frames;
  const [x, y] = [(frame % film.columns) * width, Math.floor(frame / film.columns) * height];
  find("canvas").getContext("2d").drawImage(sheet, x, y, width, height, 0, 0, width, height);
};
const show = (stop) => {
  time = film.times[stop];
  const said = `t = ${time.toFixed(2)}`;
  find("input").value = stop;
  find("input").setAttribute("aria-valuetext", said);
  find("input").style.setProperty("--range_progress", `${(100 * stop) / (film.times.length - 1)}%`);
  find(".player-time").textContent = said;
  for (const end of ["x1", "x2"]) find(".plot-now").setAttribute(end, 1000 * time);
  draw();
};
(window.explorer.path ??= {}).player = () => ({ t: Number(time.toFixed(4)) });
window.explorer.extras.interpolate ??= () => Object.assign({}, ...Object.values(window.explorer.path).map((of) => of()));
// What an event sends with the frame on show: its exact time in place of the last of `values`.
window.explorer.withTime = (values) => [...values.slice(0, -1), time];
const tell = () => window.explorer.amend("interpolate", window.explorer.path.player());
const setUp = () => {
  const source = find(".player")?.dataset.film;
  if (!source) return;
  film = JSON.parse(source);
  // Told where a visitor comes, by a link or back; else the player stays where it is.
  if (film.start !== null) time = film.start;
  find(".player-sheet").onload = draw;
  name(timer !== null);
  show(nearest(time));
  tell();
};
const name = (playing) => {
  const button = find(".player-play");
  button.textContent = playing ? button.dataset.pause : button.dataset.play;
};
const pause = () => {
  clearInterval(timer);
  timer = null;
  name(false);
  tell();
};
const play = () => {
  const last = film.times.length - 1;
  // Whoever wants less motion gets a slow series of stills, as many as the strip has.
  const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
  const step = () => (calm ? Math.max(1, Math.round(last / (film.strip - 1))) : 1);
  if (Number(find("input").value) === last) show(0);
  name(true);
  timer = setInterval(
    () => {
      const [stop, end] = [Number(find("input").value), film.times.length - 1];
      // Nobody watches it in a tab that is not open.
      if (element.offsetParent === null) pause();
      // A loop's last stop is its first frame again.
      else if (film.loop) show((stop + step()) % end);
      else if (stop < end) show(Math.min(end, stop + step()));
      else pause();
    },
    calm ? 1000 : film.milliseconds,
  );
};

element.addEventListener("click", (event) => {
  if (event.target.closest(".player-play")) timer === null ? play() : pause();
  const cell = event.target.closest(".frames li");
  if (cell) seek(Math.round(([...cell.parentNode.children].indexOf(cell) * (film.times.length - 1)) / (film.strip - 1)));
});
const seek = (stop) => {
  if (timer !== null) pause();
  show(stop);
  tell();
};
element.addEventListener("input", (event) => {
  if (!event.target.matches("input[type=range]")) return;
  const stop = Number(event.target.value);
  if (timer !== null) pause();
  show(stop);
});
element.addEventListener("change", (event) => {
  if (event.target.matches("input[type=range]")) tell();
});
document.addEventListener("path-seek", (event) => film && seek(nearest(event.detail)));
watch("value", setUp);
setUp();
