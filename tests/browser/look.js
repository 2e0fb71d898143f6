// What somebody who looks at the page would find wrong with it, by kind; run in the page by tests.
() => {
  const isSeen = (element) => element.checkVisibility({ checkOpacity: true, checkVisibilityCSS: true });
  // Gradio's own editors and uploads are not ours.
  const foreign = ".image-container, .upload-container, .toast-wrap, [data-testid=image], .canvas, #colorize-canvas";
  const all = (selector) => [...document.querySelectorAll(selector)].filter((e) => isSeen(e) && !e.closest(foreign));
  const box = (element) => element.getBoundingClientRect();
  const named = (element) => element.id || element.getAttribute("aria-label") || element.textContent.trim().slice(0, 40);

  const beyond = all("button, select, input, textarea, a").filter((control) => {
    const { left, right, width } = box(control);
    // What may be scrolled sideways can be reached.
    return width > 2 && !control.closest(".heat-scroll") && (left < -0.5 || right > innerWidth + 0.5);
  });
  const cut = all("svg text").filter((text) => {
    const [inner, outer] = [box(text), box(text.closest("svg"))];
    // The box of a text is a little larger than its letters.
    return inner.left < outer.left - 2 || inner.right > outer.right + 0.5 || inner.bottom > outer.bottom + 2;
  });
  const charts = all("svg[role=img][aria-label]").map((chart) => chart.getAttribute("aria-label"));
  const twice = charts.filter((chart, place) => charts.indexOf(chart) < place);
  const uneven = all("button").filter((button) => {
    const [mine, others] = [box(button), [...button.parentElement.children].filter((e) => e.matches("button") && isSeen(e))];
    return others.some((other) => Math.abs(box(other).top - mine.top) < 8 && box(other).height - mine.height > 1);
  });
  // The end of a dropdown's field lies below its arrow.
  const covered = all(".wrap-inner input").filter((field) => {
    const arrow = field.closest(".wrap-inner").querySelector(".icon-wrap");
    return arrow && box(field).right - parseFloat(getComputedStyle(field).paddingRight) > box(arrow).left + 0.5;
  });
  const mixed = all("[aria-label]").filter((element) => {
    const name = element.getAttribute("aria-label");
    return /[가-힣]/.test(name) && /\b(for|of|the|input|slider|image|button)\b/.test(name);
  });
  // A label that lies over a picture needs a ground of its own.
  const bare = all("[data-testid=block-label]").filter((text) => {
    const { backgroundColor, position } = getComputedStyle(text);
    return position === "absolute" && /rgba\(.*, 0\)/.test(backgroundColor);
  });
  const found = { beyond, cut, uneven, covered, mixed, bare };
  const told = Object.entries(found).map(([kind, elements]) => [kind, elements.map(named)]);
  return Object.fromEntries([...told, ["twice", twice]].filter(([, names]) => names.length));
};
