// Tells once that a visitor is about to see the place of this component.
const seen = new IntersectionObserver(
  (entries) => {
    if (!entries.some((entry) => entry.isIntersecting)) return;
    seen.disconnect();
    trigger("select", {});
  },
  { rootMargin: "100px" },
);
seen.observe(element);
