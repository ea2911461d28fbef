// The workshop's page: shows the step, and sends what its buttons say. The server has the progress.
const $ = (id) => document.getElementById(id);
let shown = null;
/** The step behind the shown one. */
let following;

const node = (name, text, kind = "") => {
  const made = document.createElement(name);
  made.textContent = text;
  if (kind) made.className = kind;
  return made;
};

function drawSteps({ steps, step }) {
  const items = steps.map(({ id, title, passed }, index) => {
    const button = node("button", `${index + 1}`, passed ? "passed" : "");
    button.type = "button";
    button.title = title;
    button.setAttribute("aria-label", `Step ${index + 1}: ${title}${passed ? ", done" : ""}`);
    if (id === step.id) button.setAttribute("aria-current", "step");
    button.addEventListener("click", () => act("show", id));
    const item = document.createElement("li");
    item.append(button);
    return item;
  });
  // Who works with the keyboard stays where they were: new buttons have no focus.
  const focused = $("steps").contains(document.activeElement);
  $("steps").replaceChildren(...items);
  if (focused) $("steps").querySelector("[aria-current]")?.focus();
}

const WORDS = { met: ["ok", "met"], "not met": ["not yet", "unmet"], undecided: ["not yet", "unmet"] };

function drawChecks({ step, outcomes }) {
  const items = step.checks.map((name) => {
    const item = document.createElement("li");
    const outcome = (outcomes ?? []).find((one) => one.name === name);
    const line = node("p", name);
    item.append(line);
    if (outcome === undefined) return item;
    const [word, kind] = WORDS[outcome.status];
    line.prepend(node("span", `${word}: `, kind));
    item.append(node("p", outcome.explanation, "why"));
    if (outcome.advice !== null) item.append(node("p", outcome.advice));
    return item;
  });
  $("checks").replaceChildren(...items);
}

/** Hints and solutions are Markdown that the server has made harmless. */
function drawHelp({ step }) {
  const parts = step.hints.map((html, index) => [`Hint ${index + 1}`, html]);
  if (step.solution !== null) parts.push(["Solution", step.solution]);
  const nodes = parts.flatMap(([title, html]) => {
    const body = document.createElement("div");
    body.innerHTML = html;
    const heading = node("h2", title);
    heading.tabIndex = -1;
    return [heading, body];
  });
  $("help").replaceChildren(...nodes);
}

function draw(state) {
  const { title, step, next, outcomes, steps } = state;
  const moved = shown !== step.id;
  shown = step.id;
  following = steps[steps.findIndex(({ id }) => id === shown) + 1]?.id;
  document.title = `${step.title}: workshop`;
  $("workshop").textContent = title;
  $("title").textContent = step.title;
  $("minutes").textContent = `about ${step.minutes} minutes`;
  if (moved) $("text").innerHTML = step.html;
  drawSteps(state);
  drawChecks(state);
  drawHelp(state);
  $("done-title").hidden = step.checks.length === 0;
  $("hint").disabled = step.hintsLeft === 0;
  $("solve").disabled = !step.solvable || step.solution !== null;
  $("next").disabled = !step.passed || next === step.id;
  if (outcomes !== null && outcomes.length > 0) {
    const open = outcomes.filter(({ status }) => status !== "met").length;
    const last = steps.at(-1).id === step.id ? "That was the last step." : "Go on with the next one.";
    $("said").textContent = open === 0 ? `Done. ${last}` : `${open} of ${outcomes.length} not yet.`;
  } else $("said").textContent = step.passed ? "Done." : "";
}

async function ask(options) {
  const response = await fetch("state", options);
  if (!response.ok) throw new Error(await response.text());
  draw(await response.json());
}

async function act(verb, step = shown) {
  $("said").textContent = verb === "check" ? "Checking." : "";
  try {
    await ask({
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ verb, step }),
    });
    // What was asked for is read next, and a button that is used up has no focus.
    if (verb === "hint" || verb === "solve") [...$("help").querySelectorAll("h2")].at(-1)?.focus();
  } catch (error) {
    $("said").textContent = `That did not work: ${error.message}`;
  }
}

for (const verb of ["check", "hint", "solve"]) $(verb).addEventListener("click", () => act(verb));
$("next").addEventListener("click", async () => {
  if (following === undefined) return;
  await act("show", following);
  $("title").focus();
});
$("title").tabIndex = -1;
ask().catch((error) => {
  $("said").textContent = error.message;
});
