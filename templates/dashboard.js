// The dashboard: reads the run's events and draws them. Everything it shows comes from the stream, so that a viewer who
// comes late, or again, sees the same.
const $ = (id) => document.getElementById(id);
const SVG = "http://www.w3.org/2000/svg";
const SERIES = 8;

const run = { fleets: new Map(), target: 0, chosen: null, active: null, paused: false, finished: null };
let drawn = true;

const number = (value, digits = 0) =>
  value === null || value === undefined
    ? "-"
    : value.toLocaleString("en", { minimumFractionDigits: digits, maximumFractionDigits: digits });
const megabytes = (bytes) => (bytes === null || bytes === undefined ? "-" : number(bytes / 1e6, 1));
const percent = (fraction) => {
  if (fraction === null || fraction === undefined) return "-";
  const whole = Math.round(fraction * 100);
  if (whole === 100 && fraction < 1) return `${number(Math.floor(fraction * 1000) / 10, 1)} %`;
  return whole === 0 && fraction > 0 ? "<1 %" : `${whole} %`;
};
const nodeOf = (name, attributes, ...children) => {
  const node = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  node.append(...children);
  return node;
};
const cell = (text, name = "td", kind = "") => {
  const node = document.createElement(name);
  if (name === "th") node.scope = "row";
  node.className = kind;
  node.append(text);
  return node;
};

const cost = (point) => point.fleetBytes ?? point.kernelPss ?? null;

const takers = {
  "run-started": ({ lab, title, variants, target }) => {
    run.fleets = new Map(
      variants.map(({ name, workers, preload }, index) => [
        name,
        {
          name,
          workers,
          preload,
          index,
          state: "waiting",
          requests: 0,
          rate: null,
          points: [],
          last: null,
          blame: null,
        },
      ]),
    );
    Object.assign(run, { target, chosen: null, active: null, paused: false, finished: null });
    // A workshop's page shows whichever run is the newest, of any lab; nothing of an older one stays.
    document.title = `${lab}, live`;
    $("lab").textContent = lab;
    $("verdict").textContent = "No verdict yet.";
    say("");
    const least = Math.min(...variants.map(({ workers }) => workers));
    const most = Math.max(...variants.map(({ workers }) => workers));
    const workers = least === most ? number(most) : `${number(least)} to ${number(most)}`;
    $("what").textContent = `${title}: ${lab}, ${workers} workers, up to ${number(target)} requests per worker`;
    drawChoice();
  },
  "variant-started": (_, fleet) => Object.assign(fleet, { state: "starting", points: [], last: null, blame: null }),
  loading: (_, fleet) => Object.assign(fleet, { state: "loading" }),
  progress: ({ requests, rate }, fleet) => Object.assign(fleet, { requests: requests.min, rate }),
  measuring: (_, fleet) => Object.assign(fleet, { state: "measuring", rate: null }),
  sample: (event, fleet) => {
    const { requestsPerWorker, fleetBytes, idealBytes, rate } = event;
    fleet.points.push({ at: requestsPerWorker, bytes: fleetBytes, ideal: idealBytes, frozen: false });
    const workers = event.workers.map((one) => ({ ...one, shared: one.sharedBytes, lostBytes: one.lostBytes }));
    Object.assign(fleet, { last: { ...event, workers }, requests: requestsPerWorker, rate });
  },
  checkpoint: ({ checkpoint }, fleet) => {
    const { requestsPerWorker, idealBytes, pageSize = 4096, fullCollections = [] } = checkpoint;
    fleet.points.push({ at: requestsPerWorker, bytes: cost(checkpoint), ideal: idealBytes, frozen: true });
    const before = fleet.last?.workers ?? [];
    const workers = checkpoint.workers.map(({ pid, shared, lost, newBytes, maps }, index) => ({
      pid,
      requests: before[index]?.requests ?? null,
      shared: (shared ?? 0) * pageSize,
      lostBytes: (lost ?? 0) * pageSize,
      newBytes,
      fullCollections: fullCollections[index] ?? null,
      lost: maps?.lost ?? before[index]?.lost ?? "",
      gone: maps?.gone ?? before[index]?.gone ?? "",
      fresh: before[index]?.fresh ?? "",
    }));
    fleet.last = { ...checkpoint, workers };
    // What the load said last is not recorded: who comes afterwards sees the same.
    fleet.requests = checkpoint.requests.min;
    if (fleet.state === "waiting") fleet.state = "done";
  },
  blame: (event, fleet) => Object.assign(fleet, { blame: event }),
  paused: ({ paused }) => {
    run.paused = paused;
    say(paused ? "The load is paused." : "The load goes on.");
  },
  verdict: ({ text }) => {
    $("verdict").textContent = text;
  },
  "variant-finished": ({ variant, outcome }, fleet) => {
    Object.assign(fleet, { state: outcome, rate: null });
    say(`${variant}: ${outcome}`);
  },
  finished: ({ status }) => {
    run.finished = status;
    say(status === "complete" ? "The run is over." : "The run was broken off.");
  },
};

/** Said aloud by screen readers: rarely, so that they come to an end. */
function say(text) {
  $("state").textContent = text;
}

function take(event) {
  const fleet = run.fleets.get(event.variant);
  if (event.variant !== undefined) {
    if (fleet === undefined) return;
    run.active = event.variant;
  }
  takers[event.event]?.(event, fleet);
  if (drawn) requestAnimationFrame(draw);
  drawn = false;
}

function shownFleet() {
  return run.fleets.get(run.chosen ?? run.active) ?? [...run.fleets.values()][0];
}

function drawFleets() {
  const rows = [...run.fleets.values()].map((fleet) => {
    const { name, state, requests, rate, last } = fleet;
    const row = document.createElement("tr");
    if (name === run.active && run.finished === null) row.className = "active";
    const shown = state === "loading" && run.paused ? "paused" : state;
    row.append(
      cell(name, "th"),
      cell(shown, "td", "text"),
      cell(state === "waiting" || state === "starting" ? "" : `${number(requests)} / ${number(run.target)}`),
      cell(rate === null ? "" : number(rate)),
      cell(last === null ? "" : megabytes(cost(last))),
      cell(last === null ? "" : megabytes(last.idealBytes)),
      cell(last === null ? "" : percent(last.sharedFraction?.mean)),
      cell(last === null ? "" : megabytes(last.lostBytes)),
    );
    return row;
  });
  $("fleets").replaceChildren(...rows);
}

const SIZE = { width: 900, height: 314, left: 72, right: 130, top: 26, bottom: 44 };

/** Round numbers from 0 up to what holds the largest. */
function ticks(most) {
  const rough = Math.max(most, 1) / 4;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((one) => one >= rough);
  return Array.from({ length: Math.ceil(Math.max(most, 1) / step) + 1 }, (_, index) => index * step);
}

function axes(x, y, requests, bytes) {
  const { width, height, left, right, bottom } = SIZE;
  return [
    ...bytes.map((value) =>
      nodeOf(
        "g",
        {},
        nodeOf("line", { class: "axis", x1: left, x2: width - right, y1: y(value), y2: y(value) }),
        nodeOf("text", { x: left - 8, y: y(value) + 4, "text-anchor": "end" }, number(value / 1e6)),
      ),
    ),
    ...requests.map((value) =>
      nodeOf("text", { x: x(value), y: height - bottom + 18, "text-anchor": "middle" }, number(value)),
    ),
    nodeOf("text", { x: (left + width - right) / 2, y: height - 6, "text-anchor": "middle" }, "requests per worker"),
    nodeOf("text", { x: left - 8, y: 12, "text-anchor": "end" }, "MB"),
  ];
}

/** Ends of curves that lie close would have their names on top of each other. */
function spread(labels) {
  let last = -100;
  for (const label of labels.sort((a, b) => a.y - b.y)) {
    label.y = Math.max(label.y, last + 14);
    last = label.y;
  }
  return labels;
}

function drawChart() {
  const fleets = [...run.fleets.values()].filter(({ points }) => points.some(({ bytes }) => bytes !== null));
  const { width, height, left, right, top, bottom } = SIZE;
  const all = fleets.flatMap(({ points }) => points.filter(({ bytes }) => bytes !== null));
  const bytes = ticks(Math.max(0, ...all.map((point) => point.bytes)) / 1e6).map((value) => value * 1e6);
  const requests = ticks(Math.max(run.target, 1)).filter((value) => value <= Math.max(run.target, 1));
  const x = (at) => left + (at / Math.max(run.target, 1)) * (width - left - right);
  const y = (value) => height - bottom - (value / bytes[bytes.length - 1]) * (height - top - bottom);
  const labels = [];
  const curves = fleets.flatMap(({ name, index, points }) => {
    const known = points.filter((point) => point.bytes !== null);
    const series = `series-${(index % SERIES) + 1}`;
    const line = (read) =>
      known
        .filter((p) => read(p) !== null)
        .map((p) => `${x(p.at).toFixed(1)},${y(read(p)).toFixed(1)}`)
        .join(" ");
    const end = known[known.length - 1];
    labels.push({ name, series, x: x(end.at) + 8, y: y(end.bytes) + 4 });
    return [
      nodeOf("polyline", { class: `${series} curve`, points: line((p) => p.bytes) }),
      nodeOf("polyline", { class: `${series} curve ideal`, points: line((p) => p.ideal) }),
      ...known
        .filter(({ frozen }) => frozen)
        .map((p) => nodeOf("circle", { class: series, cx: x(p.at), cy: y(p.bytes), r: 3.5 })),
    ];
  });
  const names = spread(labels).map((label) => nodeOf("text", { x: label.x, y: label.y }, label.name));
  const told = fleets.map(
    ({ name, points }) => `${name} ${megabytes(points.filter((p) => p.bytes !== null).at(-1).bytes)} MB`,
  );
  const label = `Fleet MB over requests per worker. Now: ${told.join(", ") || "nothing measured"}.`;
  $("chart").replaceChildren(
    nodeOf(
      "svg",
      { viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": label },
      ...axes(x, y, requests, bytes),
      ...curves,
      ...names,
    ),
  );
}

function drawChoice() {
  const legend = $("choice").querySelector("legend");
  const options = ["", ...run.fleets.keys()].map((name) => {
    const label = document.createElement("label");
    const input = document.createElement("input");
    Object.assign(input, { type: "radio", name: "variant", value: name, checked: name === (run.chosen ?? "") });
    input.addEventListener("change", () => {
      run.chosen = name === "" ? null : name;
      draw();
    });
    label.append(input, ` ${name === "" ? "the one at work" : name}`);
    return label;
  });
  $("choice").replaceChildren(legend, ...options);
}

function drawWorkers(fleet) {
  $("detail-title").textContent = fleet === undefined ? "Workers" : `Workers of ${fleet.name}`;
  const workers = fleet?.last?.workers ?? [];
  const most = Math.max(
    1,
    ...workers.map(({ shared, lostBytes, newBytes }) => (shared ?? 0) + (lostBytes ?? 0) + (newBytes ?? 0)),
  );
  const rows = workers.map(({ shared, lostBytes, newBytes, requests, fullCollections }, index) => {
    const row = document.createElement("tr");
    let start = 0;
    const parts = [
      ["shared", shared],
      ["copied", lostBytes],
      ["new", newBytes],
    ].map(([kind, bytes]) => {
      const part = nodeOf("rect", { class: kind, x: start, y: 0, width: ((bytes ?? 0) / most) * 100, height: 10 });
      start += ((bytes ?? 0) / most) * 100;
      return part;
    });
    const bar = cell(
      nodeOf(
        "svg",
        { class: "bar", viewBox: "0 0 100 10", preserveAspectRatio: "none", "aria-hidden": "true" },
        ...parts,
      ),
      "td",
      "text",
    );
    row.append(
      cell(number(index + 1), "th"),
      bar,
      cell(megabytes(shared)),
      cell(megabytes(lostBytes)),
      cell(megabytes(newBytes)),
      cell(number(requests)),
      cell(number(fullCollections)),
    );
    return row;
  });
  $("workers").replaceChildren(...rows);
}

/** Rows of the map, in CSS pixels. */
const ROW = 18;

function drawHeat(fleet) {
  const canvas = $("heat");
  const workers = (fleet?.last?.workers ?? []).filter(({ lost }) => lost !== "");
  const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name);
  const scale = window.devicePixelRatio || 1;
  const width = canvas.clientWidth;
  const row = Math.max(4, Math.min(ROW, 640 / Math.max(workers.length, 1)));
  const height = Math.max(workers.length * row, row);
  canvas.style.height = `${height}px`;
  Object.assign(canvas, { width: Math.round(width * scale), height: Math.round(height * scale) });
  const context = canvas.getContext("2d");
  context.scale(scale, scale);
  const palette = {
    shared: colour("--shared"),
    copied: colour("--copied"),
    gone: colour("--line"),
    fresh: colour("--new"),
  };
  workers.forEach(({ lost, gone, fresh }, index) => {
    // Whole device pixels: between parts of them the page would shine through.
    const edge = (at) => Math.round((at * width * scale) / lost.length) / scale;
    const paint = (name, share, at, top, tall) => {
      context.fillStyle = palette[name];
      context.globalAlpha = share;
      context.fillRect(edge(at), index * row + top, edge(at + 1) - edge(at), tall);
    };
    for (let at = 0; at < lost.length; at += 1) {
      const [copied, away, added] = [lost, gone, fresh].map((digits) => Number(digits?.[at] ?? 0) / 9);
      paint("shared", 1, at, 0, row * 0.7);
      if (copied > 0) paint("copied", copied, at, 0, row * 0.7);
      if (away > 0) paint("gone", away, at, 0, row * 0.7);
      if (added > 0) paint("fresh", 0.3 + added * 0.7, at, row * 0.7, row * 0.25);
    }
  });
  const whole = workers.map(({ lost }) => [...lost].filter((digit) => digit === "9").length / lost.length);
  const mean = whole.reduce((sum, share) => sum + share, 0) / Math.max(whole.length, 1);
  canvas.setAttribute(
    "aria-label",
    workers.length === 0
      ? "No map yet."
      : `Map of ${fleet.name}: preloaded pages by address, ${workers.length} workers; ${percent(mean)} of the stretches are copied whole.`,
  );
}

function drawBlame(fleet) {
  const blame = fleet?.blame;
  const text = document.createElement("p");
  if (!blame) {
    text.className = "note";
    text.textContent = fleet?.preload === false ? "Nothing was preloaded." : "Named at the last checkpoint.";
    $("blame").replaceChildren(text);
    return;
  }
  text.textContent = `${fleet.name}: ${number(blame.lostPages)} lost pages, over all workers; a cause is named for ${percent(blame.namedFraction)}.`;
  const list = document.createElement("ul");
  for (const { name, pages } of blame.causes) {
    const item = document.createElement("li");
    item.textContent = `${name}: ${number(pages)} pages`;
    list.append(item);
  }
  $("blame").replaceChildren(text, list);
}

function draw() {
  drawn = true;
  const fleet = shownFleet();
  drawFleets();
  drawChart();
  drawWorkers(fleet);
  drawHeat(fleet);
  drawBlame(fleet);
}

function link(text, on) {
  $("link").textContent = text;
  $("link").className = on ? "on" : "";
}

// The browser connects again by itself, and says which event it got last.
const source = new EventSource("events");
source.addEventListener("open", () => link("live", true));
source.addEventListener("error", () => {
  if (run.finished === null) link("connection lost, trying again", false);
  else link("the command has ended; this is its last state", false);
});
source.addEventListener("message", ({ data }) => take(JSON.parse(data)));
addEventListener("resize", () => drawHeat(shownFleet()));
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => drawHeat(shownFleet()));
