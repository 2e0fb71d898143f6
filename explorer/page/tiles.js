// A grid of pictures: one is pressed, and a click on another tells its seed, or its place.
const press = (button) => {
  for (const tile of element.querySelectorAll(".tile")) tile.setAttribute("aria-pressed", String(tile === button));
};
element.addEventListener("click", (event) => {
  const button = event.target.closest(".tile");
  if (!button) return;
  press(button);
  window.explorer.last(element, () => trigger("select", { seed: Number(button.dataset.seed) }));
});
