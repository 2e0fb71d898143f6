// Training on pictures: a sheet of fixed seeds, what D says of real and generated pictures, and how the training goes.
let training = null;

const picturePanel = () => {
  const figure = document.createElement("figure");
  figure.className = "lab-game lab-training";
  const sheet = Object.assign(document.createElement("img"), { className: "lab-sheet", alt: words().sheet });
  const stage = document.createElement("div");
  stage.append(sheet);
  const numbers = Object.assign(document.createElement("dl"), { className: "lab-numbers" });
  const charts = chartBox(["verdicts", "losses", "scores"], (chart) => chart.setAttribute("role", "img"));
  figure.append(stage, numbers, charts);
  return figure;
};
// How many pictures get which verdict, real ones and generated ones over each other.
const drawHistogram = (canvas, verdicts, label) => {
  const { pen, width, height } = sheet(canvas, 0.42);
  const colours = palette();
  const most = Math.max(1, ...verdicts.real.histogram, ...verdicts.fake.histogram);
  for (const [kind, ink] of [["real", colours.real], ["fake", colours.fake]]) {
    pen.fillStyle = ink;
    pen.globalAlpha = 0.6;
    verdicts[kind].histogram.forEach((count, place) => {
      const tall = (count / most) * (height - 24);
      pen.fillRect((place / 20) * width + 1, height - 2 - tall, width / 20 - 2, tall);
    });
  }
  pen.globalAlpha = 1;
  pen.fillStyle = colours.quiet;
  pen.font = "12px system-ui, sans-serif";
  pen.fillText(label, 2, 12);
};
const showPictures = () => {
  const box = find(".lab-games");
  if (!box.querySelector(".lab-training")) {
    box.dataset.count = 1;
    delete box.dataset.names;
    box.replaceChildren(picturePanel());
  }
  const told = words();
  const figure = box.querySelector(".lab-training");
  if (training.sheet) figure.querySelector("img").src = training.sheet;
  const facts = [
    [told.step, training.step.toLocaleString()],
    [told.images, training.images.toLocaleString()],
    [told.rate, training.images_per_second.toLocaleString()],
    [told.seconds, training.seconds.toFixed(0)],
    [told.real, number(training.verdicts?.real.mean, 2)],
    [told.fake, number(training.verdicts?.fake.mean, 2)],
  ];
  figure.querySelector("dl").replaceChildren(...pairs(facts));
  const chart = (kind) => figure.querySelector(`[data-chart="${kind}"]`);
  if (training.verdicts) drawHistogram(chart("verdicts"), training.verdicts, told.verdicts);
  drawChart(chart("losses"), training.log, [["loss_discriminator", "real"], ["loss_generator", "fake"]], { label: told.losses });
  drawChart(chart("scores"), training.log, [["score_real", "real"], ["score_fake", "fake"]], { label: told.scores });
  for (const kind of ["verdicts", "losses", "scores"]) chart(kind).setAttribute("aria-label", told[kind]);
};
const takePictures = (answer) => {
  const before = answer.fresh ? [] : (training?.log ?? []);
  const log = [...before, ...answer.log].sort((one, other) => one.step - other.step);
  if (!answer.fresh && training && answer.step < training.step) {
    training.log = log;
    return;
  }
  training = { ...answer, log };
  games = [];
  showPictures();
  if (answer.over) {
    pause();
    state(fill(words()[`over_${answer.over}`], { step: answer.step.toLocaleString(), seconds: answer.budget.seconds, budget: answer.budget.steps.toLocaleString() }));
  } else {
    const left = { steps: (answer.budget.steps - answer.step).toLocaleString(), seconds: Math.max(0, Math.round(answer.budget.seconds - answer.seconds)) };
    state(fill(words().left, left));
  }
};
const keep = async () => {
  state(words().keeping);
  const kept = JSON.parse(await post("lab_play", [settings(), run, "keep", 0, since(), html.lang]));
  trigger("select", { kept: kept.model });
  download(kept.file);
  const line = find(".lab-state");
  const link = Object.assign(document.createElement("a"), { href: `?tab=sample&model=${encodeURIComponent(kept.model)}`, target: "_blank", textContent: words().open });
  line.replaceChildren(fill(words().kept, { model: kept.model }), " ", link);
};
