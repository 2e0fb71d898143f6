// Goes along a training: of the snapshots, and of the marks in every plot, the one of the current step is shown.
// Runs inside Gradio's HTML component.
let place = null;

const slider = () => element.querySelector("input");
const show = () => {
  const input = slider();
  const steps = input.dataset.steps.split(",");
  place = Math.min(place, steps.length - 1);
  input.value = place;
  input.setAttribute("aria-valuetext", Number(steps[place]).toLocaleString());
  input.style.setProperty("--range_progress", `${(100 * place) / Math.max(1, steps.length - 1)}%`);
  element.querySelectorAll(".moment").forEach((moment, index) => moment.toggleAttribute("hidden", index !== place));
  for (const plot of element.querySelectorAll("svg"))
    plot.querySelectorAll(".mark").forEach((mark, index) => mark.classList.toggle("now", index === place));
};
const step = () => (slider() ? Number(slider().dataset.steps.split(",")[place]) : 0);
const tell = () => window.explorer.amend("convergence", { step: step() });
window.explorer.extras.convergence = () => ({ step: step() });
const setUp = () => {
  if (!slider()) return;
  // A link, or a step back, tells where to go on; with another model, whoever goes along stays where he is.
  if (slider().dataset.start) place = Number(slider().dataset.start);
  place ??= Number(slider().max);
  show();
  tell();
};
element.addEventListener("input", (event) => {
  if (event.target !== slider()) return;
  place = Number(event.target.value);
  show();
});
element.addEventListener("change", (event) => event.target === slider() && tell());
// A plot can be pressed, too: the nearest mark becomes the current one.
element.addEventListener("click", (event) => {
  const marks = [...(event.target.closest("svg")?.querySelectorAll(".mark") ?? [])];
  if (!marks.length) return;
  const off = marks.map((mark) => Math.abs(mark.getBoundingClientRect().left - event.clientX));
  place = off.indexOf(Math.min(...off));
  show();
  tell();
});
watch("value", setUp);
setUp();
