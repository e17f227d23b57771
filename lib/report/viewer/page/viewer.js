/* global highlightPython */
const ROW_HEIGHT = 66;
const FILTERS = ["search", "verdict", "reason", "error", "benchmark", "steps"];
const byId = (id) => document.getElementById(id);
const state = { records: [], meta: {}, shown: [], selected: null, texts: [] };

start();

async function start() {
  const { meta, records } = JSON.parse(await inflate(byId("data").textContent.trim()));
  Object.assign(state, { meta, records, texts: new Array(records.length) });
  byId("title").textContent = meta.title;
  byId("about").textContent = meta.about;
  fillSelect("verdict", meta.verdicts);
  fillSelect("reason", meta.reasons);
  fillSelect("error", meta.errors);
  fillSelect("benchmark", meta.benchmarks);
  fillSelect("steps", meta.steps);
  readHash();
  for (const id of FILTERS) byId(id).addEventListener("input", () => filter());
  byId("list").addEventListener("scroll", () => requestAnimationFrame(drawList));
  globalThis.addEventListener("resize", drawList);
  globalThis.addEventListener("hashchange", () => {
    readHash();
    filter(false);
  });
  document.addEventListener("keydown", onKey);
  filter(false);
  document.body.dataset.ready = "true";
}

async function inflate(base64) {
  const bytes = Uint8Array.from(atob(base64), (char) => char.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  return await new Response(stream).text();
}

function fillSelect(id, counts) {
  const select = byId(id);
  for (const [value, count] of counts) {
    select.append(element("option", { value, text: `${value} (${count})` }));
  }
  // A choice of one is none.
  const isFilter = id === "reason" || id === "error";
  select.hidden = counts.length < (isFilter ? 1 : 2);
}

/** The filters and the choice are in the address, so that a view can be linked to. */
function readHash() {
  const wanted = new URLSearchParams(location.hash.slice(1));
  for (const id of FILTERS) byId(id).value = wanted.get(id) ?? "";
  state.selected = wanted.get("id");
}

function writeHash() {
  const params = new URLSearchParams();
  for (const id of FILTERS) if (byId(id).value !== "") params.set(id, byId(id).value);
  if (state.selected !== null) params.set("id", state.selected);
  try {
    history.replaceState(null, "", `#${params}`);
  } catch {
    // Within a notebook's frame there is no address.
  }
}

function filter(isChange = true) {
  const wanted = Object.fromEntries(FILTERS.map((id) => [id, byId(id).value]));
  const words = wanted.search.toLowerCase().split(/\s+/).filter((word) => word !== "");
  state.shown = state.records.flatMap((record, i) => {
    const fits = (wanted.verdict === "" || record.verdict === wanted.verdict) &&
      (wanted.reason === "" || record.reasons.includes(wanted.reason)) &&
      (wanted.error === "" || record.errors.includes(wanted.error)) &&
      (wanted.benchmark === "" || record.benchmark === wanted.benchmark) &&
      (wanted.steps === "" || record.bucket === wanted.steps) &&
      words.every((word) => textOf(i).includes(word));
    return fits ? [i] : [];
  });
  byId("count").textContent = state.shown.length === state.records.length
    ? `${state.records.length} trajectories`
    : `${state.shown.length} of ${state.records.length}`;
  const isThere = state.shown.some((i) => state.records[i].id === state.selected);
  if (!isThere) state.selected = state.shown.length > 0 ? state.records[state.shown[0]].id : null;
  if (isChange) byId("list").scrollTop = 0;
  drawList();
  drawDetail();
  if (isChange) writeHash();
}

function textOf(i) {
  return state.texts[i] ??= textsIn(state.records[i]).join("\n").toLowerCase();
}

/** Every text within a value; the numbers beside them are places and counts. */
function textsIn(value) {
  if (typeof value === "string") return [value];
  return value !== null && typeof value === "object" ? Object.values(value).flatMap(textsIn) : [];
}

/** Only the rows in view are in the page. */
function drawList() {
  const list = byId("list");
  const first = Math.max(0, Math.floor(list.scrollTop / ROW_HEIGHT) - 4);
  const last = Math.min(
    state.shown.length,
    first + Math.ceil(list.clientHeight / ROW_HEIGHT) + 8,
  );
  byId("rows").style.height = `${state.shown.length * ROW_HEIGHT}px`;
  byId("rows").replaceChildren(
    ...state.shown.slice(first, last).map((i, at) => {
      const record = state.records[i];
      const row = element("div", {
        class: `row ${record.id === state.selected ? "selected" : ""}`,
        role: "option",
      }, [
        element("div", { class: "line" }, [
          badge(record.verdict, record.verdict),
          element("span", { class: "soft", text: `${stepsText(record.turns)} · ${record.id}` }),
        ]),
        element("div", { class: "question", text: record.question }),
      ]);
      row.style.top = `${(first + at) * ROW_HEIGHT}px`;
      row.onclick = () => select(record.id);
      return row;
    }),
  );
}

function stepsText(turns) {
  return turns === 1 ? "1 step" : `${turns} steps`;
}

function select(id) {
  state.selected = id;
  drawList();
  drawDetail();
  writeHash();
}

function onKey(event) {
  if (["INPUT", "SELECT"].includes(event.target.tagName)) return;
  const move = { j: 1, ArrowDown: 1, k: -1, ArrowUp: -1 }[event.key];
  if (event.key === "/") {
    byId("search").focus();
    event.preventDefault();
  }
  if (move === undefined) return;
  const at = state.shown.findIndex((i) => state.records[i].id === state.selected) + move;
  if (at < 0 || at >= state.shown.length) return;
  const list = byId("list");
  const top = at * ROW_HEIGHT;
  if (top < list.scrollTop) list.scrollTop = top;
  if (top + ROW_HEIGHT > list.scrollTop + list.clientHeight) {
    list.scrollTop = top + ROW_HEIGHT - list.clientHeight;
  }
  select(state.records[state.shown[at]].id);
  event.preventDefault();
}

function drawDetail() {
  const record = state.records.find(({ id }) => id === state.selected);
  const detail = byId("detail");
  detail.scrollTop = 0;
  if (record === undefined) {
    return detail.replaceChildren(element("p", { class: "soft", text: "No trajectory fits." }));
  }
  detail.replaceChildren(
    element("div", { class: "line" }, [
      badge(record.verdict, record.verdict),
      ...record.reasons.map((reason) => badge(`rejected: ${reason}`, "reason")),
      element("span", { class: "soft", text: facts(record).join(" · ") }),
    ]),
    element("h2", { class: record.question.length > 240 ? "long" : "", text: record.question }),
    element("dl", {}, [
      ...term("answer", record.answer ?? "none"),
      ...term("gold", record.gold === "" ? "unknown" : record.gold),
      ...(record.firstThought ? term("first thought", record.firstThought) : []),
    ]),
    element("details", {}, [
      element("summary", { text: "prompt" }),
      ...record.prompt.map((at) => {
        const [role, content] = state.meta.prompts[at];
        return element("div", {}, [
          element("b", { class: "soft", text: role }),
          element("pre", { text: content }),
        ]);
      }),
    ]),
    ...record.steps.map((step, i) => drawStep(step, i)),
  );
  markWords();
}

function facts(record) {
  const { prices } = state.meta;
  const [read, written] = record.tokens;
  const cost = prices
    ? ` · $${((read * prices.input + written * prices.output) / 1e6).toFixed(5)}`
    : "";
  return [
    record.id,
    record.paradigm,
    record.model,
    ...(read + written > 0 ? [`${read} tokens read, ${written} written${cost}`] : []),
    ...(record.ms > 0 ? [`${(record.ms / 1000).toFixed(1)} s`] : []),
  ];
}

function drawStep(step, i) {
  const parts = [
    element("div", { class: "line" }, [
      element("b", { text: `Step ${i + 1}` }),
      ...(step.final ? [badge("final answer", "correct")] : []),
      ...(step.error ? [badge(`${step.error[0]} error`, "wrong")] : []),
      ...(step.prefix ? [badge("begun for the model", "reason")] : []),
      element("span", { class: "soft", text: stepFacts(step) }),
    ]),
  ];
  if (step.thought) parts.push(element("div", { class: "thought", text: step.thought }));
  if (step.code !== null) parts.push(codeBlock(step.code));
  if (step.raw) parts.push(element("pre", { class: "raw", text: step.raw }));
  for (const [name, args, result, error] of step.calls) {
    parts.push(element("details", { class: "call" }, [
      element("summary", { text: `${name}(${args})${error ? " failed" : ""}` }),
      element("pre", { text: error ?? result }),
    ]));
  }
  if (step.error) parts.push(element("pre", { class: "error", text: step.error[1] }));
  if (step.seen && step.seen !== step.error?.[1]) {
    parts.push(element("pre", { class: "seen", text: step.seen }));
  }
  if (step.candidates) parts.push(drawCandidates(step));
  return element("section", { class: "step" }, parts);
}

function stepFacts({ tokens: [read, written], ms: [writeMs, runMs] }) {
  const parts = [];
  if (read + written > 0) parts.push(`${read} + ${written} tokens`);
  if (writeMs > 0) parts.push(`${writeMs} ms to write`);
  if (runMs > 0) parts.push(`${runMs} ms to run`);
  return parts.join(" · ");
}

function drawCandidates({ candidates, vote }) {
  const groupOf = (i) => vote.groups.findIndex((group) => group.includes(i));
  const sizes = vote.groups.map((group) => group.length).join(" + ") || "none";
  const failed = candidates.filter(({ error }) => error).length;
  return element("details", { class: "candidates" }, [
    element("summary", {
      text: `${candidates.length} candidates: groups of ${sizes}, ${failed} failed, ` +
        `${Math.round(100 * vote.share)}% agree`,
    }),
    ...candidates.map((candidate, i) =>
      element("div", { class: `candidate ${i === vote.chosen ? "chosen" : ""}` }, [
        element("div", { class: "line" }, [
          element("b", { text: `Candidate ${i + 1}` }),
          ...(i === vote.chosen ? [badge("chosen", "correct")] : []),
          candidate.error ? badge(candidate.error[0], "wrong") : badge(
            `group ${groupOf(i) + 1}, ${vote.groups[groupOf(i)]?.length ?? 0} agree`,
            "reason",
          ),
        ]),
        candidate.code === null
          ? element("pre", { class: "raw", text: candidate.raw })
          : codeBlock(candidate.code),
        element("pre", {
          class: candidate.error ? "error" : "seen",
          text: candidate.error ? candidate.error[1] : candidate.result,
        }),
      ])
    ),
  ]);
}

function codeBlock(code) {
  return element("pre", { class: "code" }, [
    element(
      "code",
      {},
      highlightPython(code).map(({ kind, text }) =>
        kind === "" ? document.createTextNode(text) : element("span", { class: `py-${kind}`, text })
      ),
    ),
  ]);
}

/** Marks the searched words in the trajectory, where the browser can without changing the page. */
function markWords() {
  if (!globalThis.CSS?.highlights) return;
  CSS.highlights.delete("found");
  const words = byId("search").value.toLowerCase().split(/\s+/).filter((word) => word !== "");
  if (words.length === 0) return;
  const ranges = [];
  const walker = document.createTreeWalker(byId("detail"), NodeFilter.SHOW_TEXT);
  for (
    let node = walker.nextNode();
    node !== null && ranges.length < 2000;
    node = walker.nextNode()
  ) {
    const text = node.data.toLowerCase();
    for (const word of words) {
      for (let at = text.indexOf(word); at !== -1; at = text.indexOf(word, at + word.length)) {
        const range = new Range();
        range.setStart(node, at);
        range.setEnd(node, at + word.length);
        ranges.push(range);
      }
    }
  }
  CSS.highlights.set("found", new Highlight(...ranges));
}

function term(name, value) {
  return [element("dt", { text: name }), element("dd", { text: value })];
}

function badge(text, kind) {
  return element("span", { class: `badge ${kind.replaceAll(" ", "-")}`, text });
}

function element(name, { text, ...attributes } = {}, children = []) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  if (text !== undefined) made.textContent = text;
  made.append(...children);
  return made;
}
