// The replay page. It reads the very bytes of the ledger that it carries, and draws from its lines
// what happened: states, references, who acted, which rules failed, marks, votes. Words come from the
// book, which Python wrote: labels, sentences, how each rule read. Where the book says of a line what
// that line does not, the page says so. It works out no mean and no rank of its own.

const NS = "http://www.w3.org/2000/svg";
const DRAWN = new Set(["svg", "g", "path", "circle", "rect", "line", "defs", "marker"]);
const DOTS = 300; // one dot a candidature up to here, bars above
const ROWS = 100; // shown before "show more"
const PRINTED = 2000; // at least so many on paper

const shown = (children) => children.flat(9).filter((child) => child || child === 0);
const byId = (id) => document.getElementById(id);
const fill = (id, ...nodes) => byId(id).replaceChildren(...shown(nodes));

// An element; attributes are an object, or a class alone. A text becomes a text, never markup.
function h(tag, attributes, ...children) {
  const node = DRAWN.has(tag) ? document.createElementNS(NS, tag) : document.createElement(tag);
  const given = typeof attributes === "string" ? { class: attributes } : attributes;
  for (const [name, value] of Object.entries(given ?? {})) {
    if (typeof value === "function") node.addEventListener(name, value);
    else if (value || value === 0 || value === "") node.setAttribute(name, value);
  }
  node.append(...shown(children));
  return node;
}

// ---- What the page carries

const bytesIn = (base64) => Uint8Array.from(atob(base64), (sign) => sign.charCodeAt(0));

async function unpack(id) {
  const holder = byId(id);
  const text = holder.textContent;
  holder.remove();
  const plain = new Blob([bytesIn(text)]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Uint8Array(await new Response(plain).arrayBuffer());
}

const decoder = new TextDecoder();
const book = JSON.parse(decoder.decode(await unpack("book")));
const bytes = await unpack("ledger");
const starts = [0];
for (let end = bytes.indexOf(10); end >= 0; end = bytes.indexOf(10, end + 1)) starts.push(end + 1);
if (starts.at(-1) < bytes.length) starts.push(bytes.length);
const COUNT = starts.length - 1;

const bytesOf = (k) => bytes.subarray(starts[k], starts[k + 1]);
const raw = (k) => decoder.decode(bytesOf(k));

function line(k) {
  try {
    return JSON.parse(raw(k));
  } catch {
    return { data: {} }; // the check of the chain names it
  }
}

// ---- One pass over the lines; afterwards a line is parsed again only when it is shown

const KINDS = book.states.length;
const CASES = book.cases.length;
const stateOf = new Map(book.states.map(({ name }, s) => [name, s]));
const caseOf = new Map(book.cases.map(({ id }, w) => [id, w]));
const refOf = new Map();
const BIT = Object.fromEntries(book.groups.map(({ name }, i) => [name, 1 << i]));
const bits = new Uint16Array(COUNT); // the groups of each line
const has = (k, group) => (bits[k] & BIT[group]) !== 0;
const actors = []; // who acted, and who typed it
const PERSON = /P-\d+/g;
const decided = new Int32Array(CASES).fill(-1); // the last line that decided on each

const at = new Float64Array(COUNT);
const whose = new Int32Array(COUNT).fill(-1);
const leaves = new Int16Array(COUNT).fill(-1);
const goes = new Int16Array(COUNT).fill(-1);
const naming = new Map(); // candidature: the lines about the contest that name it
const marking = new Map(); // candidature/panel: the lines of its marks, figures and ranks
const came = new Float64Array(COUNT); // when each stood there: the hour for which time made it
const moves = book.cases.map(() => []); // the lines by which each moved
const sittings = [];
const before = new Uint8Array(COUNT * 32); // the hash that each line names as the one before
const gone = new Set(book.gone); // the numbers of lines beside which something was erased
let commitments = 0;
let broken = 0; // the number of the first line that does not follow from the one before
let untrue = 0; // the number of a line of which the book says what it does not

function into(map, key, k) {
  if (map.has(key)) map.get(key).push(k);
  else map.set(key, [k]);
}

// Whether a text names the people who acted in a line.
const names = (text, k) => (actors[k].match(PERSON) ?? []).every((one) => text.includes(one));

function index(k) {
  const { n, actor, at: instant, by, case: id, data, pd, prev, type } = line(k);
  at[k] = Date.parse(instant) || at[k - 1] || 0;
  if (n !== k + 1) broken ||= k + 1;
  for (let i = 0; i < 32; i++) before[k * 32 + i] = parseInt(prev?.slice(i * 2, i * 2 + 2), 16);
  commitments += Object.keys(pd ?? {}).length;
  bits[k] = BIT[book.group_of[type]] ?? BIT.other;
  actors.push(by ? `${actor} ${by}` : `${actor}`);
  if (!book.who[actors[k]] || !Object.values(book.who[actors[k]]).every((text) => names(text, k)))
    untrue ||= k + 1;
  for (const other of data.cases ?? []) into(naming, caseOf.get(other), k);
  if (/^(sitting|vote|deviation)_/.test(type)) sittings.push(k);
  const w = caseOf.get(id);
  if (w === undefined) {
    if (id) untrue ||= k + 1;
    return;
  }
  whose[k] = w;
  if (data.ref && type === "candidature_opened") {
    if (book.cases[w].ref !== data.ref) untrue ||= k + 1;
    book.cases[w].ref = data.ref;
    refOf.set(data.ref, w);
  }
  if (data.decision && !data.request) decided[w] = k;
  if (has(k, "move") && stateOf.has(data.to) && !data.request) {
    came[k] = Date.parse(data.due) || at[k];
    goes[k] = stateOf.get(data.to);
    leaves[k] = stateOf.get(data.from) ?? -1;
    moves[w].push(k);
    const { labels } = book.states[goes[k]];
    const says = ([spoken, told]) => labels.some((label) => told[k][0].startsWith(label[spoken]));
    if (leaves[k] >= 0 && !Object.entries(book.told).every(says)) untrue ||= k + 1;
  }
  const marked = /^(scores_given|scores_rectified|rank_recorded|institution_recused|recusal_lifted)$/.test(type);
  for (const panel of new Set([marked && data.sheet, ...Object.keys(data.panels ?? {})]))
    if (panel) into(marking, `${w}/${panel}`, k);
}
for (let k = 0; k < COUNT; k++) index(k);
for (const { n } of book.look_first) bits[n - 1] |= BIT.first;

// As of an instant: every line up to the last one that bears it or an earlier one.
const clock = Float64Array.from(at);
for (let k = COUNT - 2; k >= 0; k--) clock[k] = Math.min(clock[k], clock[k + 1]);
const stops = []; // the last line of each instant at which more than mails happened
for (let k = 0, busy = false; k < COUNT; k++) {
  busy ||= !has(k, "mail");
  if (clock[k + 1] === clock[k]) continue;
  if (busy || k === COUNT - 1) stops.push(k);
  busy = false;
}

function lastBy(instant) {
  let [low, high] = [0, COUNT];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (clock[middle] <= instant) low = middle + 1;
    else high = middle;
  }
  return Math.max(0, low - 1);
}

const place = new Int16Array(CASES);
const since = new Int32Array(CASES);
const used = new Int32Array(KINDS ** 2);
const pair = (from, to) => from * KINDS + to;
const renamed = new Map();
for (const { n, from, to } of book.renamed)
  into(renamed, n - 1, [stateOf.get(from), stateOf.get(to)]);

// Where all stand after a line.
function seek(last) {
  place.fill(-1);
  used.fill(0);
  for (let k = 0; k <= last; k++) {
    if (goes[k] >= 0) {
      place[whose[k]] = goes[k];
      since[whose[k]] = k;
      if (leaves[k] >= 0) used[pair(leaves[k], goes[k])]++;
    }
    if (!renamed.has(k)) continue;
    const names = new Map(renamed.get(k));
    for (let w = 0; w < CASES; w++) place[w] = names.get(place[w]) ?? place[w];
  }
}

// ---- What is shown now, and in which words

const now = { last: COUNT - 1, first: 0, route: "", group: "", query: "", state: -1, rows: ROWS };
const END = COUNT - 1;
const languages = Object.keys(book.words);
let language = book.language;
let refresh; // draws anew what depends on the instant and on what is searched

const say = (both) => both?.[language] ?? both?.[book.language] ?? "";

function t(key, values = {}) {
  let text = book.words[language][key];
  const several = language === "fr" ? values.count > 1 : values.count !== 1;
  if (Array.isArray(text)) text = text[Number(several)];
  return text.replace(/\{(\w+)\}/g, (_, name) => values[name].toLocaleString(language));
}

const formats = new Map();
function format(key, value, make) {
  const kept = `${language} ${key}`;
  if (!formats.has(kept)) formats.set(kept, make(language === "en" ? "en-GB" : language));
  return formats.get(kept).format(value);
}
const dated = (options) => (tag) =>
  new Intl.DateTimeFormat(tag, { timeZone: book.contest.zone, ...options });
const oneYear = COUNT && new Date(clock[0]).getFullYear() === new Date(at[COUNT - 1]).getFullYear();
const LONG = dated({ dateStyle: "full", timeStyle: "short" });
const SHORT = dated({
  year: oneYear ? undefined : "numeric",
  month: "short",
  day: "numeric",
  hour: "2-digit",
  minute: "2-digit",
});
const long = (instant) => format("long", instant, LONG);
const short = (instant) => format("short", instant, SHORT);
const mark = (hundredths) =>
  typeof hundredths !== "number"
    ? "–"
    : format("mark", hundredths / 100, (tag) => {
        return new Intl.NumberFormat(tag, { minimumFractionDigits: 2 });
      });
const count = (number) => number.toLocaleString(language);

function lasting(milliseconds) {
  const minutes = milliseconds / 60000;
  const [unit, value] =
    minutes < 60
      ? ["minute", minutes]
      : minutes < 2880
        ? ["hour", minutes / 60]
        : ["day", minutes / 1440];
  return format(unit, Math.round(value), (tag) => {
    return new Intl.NumberFormat(tag, { style: "unit", unit, unitDisplay: "long" });
  });
}

const fold = (text) =>
  text.normalize("NFD").replace(/\p{M}/gu, "").replace(/[’‘]/g, "'").toLowerCase();
const stateName = (s) => (s < 0 ? "–" : say(book.states[s].label));
const caseName = (w) =>
  book.cases[w].name ?? t(book.cases[w].erased ? "name_erased" : "name_left_out");
const caseTitle = (w) => `${book.cases[w].ref} ${book.cases[w].name ?? ""}`.trim();
const hidden = (text) => h("span", "hidden", text);
const soft = (...text) => h("span", "soft", text);
const caseLink = (w, text = book.cases[w].ref) =>
  h("a", { href: `#${book.cases[w].ref}`, class: "ref" }, text);
const lineLink = (k) => h("a", { href: `#line/${k + 1}`, class: "ref" }, k + 1);
const button = (id, click, label = t(id)) => h("button", { type: "button", id, click }, label);

// ---- Tables: the truth of each picture

// Rows are {cells, kind}; of more than are shown, the rest on demand.
function table(label, columns, rows, total = rows.length, kind = "") {
  if (!total) return h("p", "soft", t("nothing"));
  const row = ({ cells, kind = "" }) =>
    h(
      "tr",
      kind,
      cells.map((cell, i) =>
        h(i ? "td" : "th", { "data-head": columns[i], scope: !i && "row" }, cell),
      ),
    );
  const heads = columns.map((column) => h("th", { scope: "col" }, column));
  const more = [button("more", showMore), " ", t("shown", { shown: rows.length, total })];
  return [
    h("table", { "aria-label": label, class: kind }, h("thead", null, h("tr", null, heads)), [
      h("tbody", null, rows.map(row)),
    ]),
    rows.length < total && h("p", "more soft", more),
  ];
}

function showMore() {
  const next = now.rows;
  now.rows += 5 * ROWS;
  refresh();
  document.querySelectorAll("#list tbody tr")[next]?.querySelector("a, button")?.focus();
}

const section = (label, number, ...children) =>
  h("section", null, h("h3", null, label, number !== null && ` (${count(number)})`), children);

// The heading of a list that was narrowed says of how many.
function narrowed(label, number, total, ...children) {
  if (number === total) return section(label, total, children);
  return section(`${label} – ${t("of", { shown: number, total })}`, null, children);
}

// ---- A line: what happened, by which rules, and its own bytes

const MARKS = { holds: "✓", fails: "✗", unknown: "?", error: "!" };

function quoted(quote) {
  const [passage, ...words] = quote.split("\n");
  return h("blockquote", null, h("cite", null, passage), words.join("\n"));
}

function ruleItem([, mark, says, seen, ground, cited]) {
  const quotes = book.quotes[cited] ?? [];
  const rests = quotes.length
    ? h("details", null, h("summary", null, ground), quotes.map(quoted))
    : ground && h("p", "soft", ground);
  return h("li", null, `${mark} ${says}`, seen && h("p", "soft", seen), rests);
}

// How an act was judged: the answers are those of the line, the words those of the book.
function judgement(k) {
  const act = say(book.acts[k + 1]) || { facts: [], judged: [], better: [], why: "" };
  const answers = Object.entries(line(k).data.verdicts ?? {});
  const words = new Map((act.judged[0]?.rules ?? []).map((rule) => [rule[0], rule]));
  for (const [name, answer] of answers) {
    const [, , ...rest] = words.get(name) ?? [name, "", name];
    words.set(name, [name, MARKS[answer], ...rest]);
  }
  const [held, failed] = [[], []];
  for (const rule of words.values()) (rule[1] === MARKS.holds ? held : failed).push(ruleItem(rule));
  return { act, held, failed };
}

function wayOf({ label, open, rules }) {
  const verdict = t(open ? "possible" : "impossible");
  const items = rules.map(ruleItem);
  return [h("p", null, "→ ", t("pair", { label, value: verdict })), h("ul", open ? "rules" : "rules failing", items)];
}

// What stood in the way stands in full, and of a decision against somebody who decided and what was
// closed; the rest is folded.
function judged(k) {
  const { act, held, failed } = judgement(k);
  const open = act.better.some((way) => way.open);
  const better = act.better.length > 0 && [
    h("p", "why", t(open ? "better_open" : "better_closed")),
    act.better.map(wayOf),
  ];
  const isShown = better && !open;
  const facts = act.facts.length > 1 && [
    h("dl", null, act.facts.map(([label, text]) => [h("dt", null, label), h("dd", null, text)])),
  ];
  const folded = [
    !isShown && facts && t("who_decided"),
    held.length > 0 && t("rules_held", { count: held.length }),
    open && t("better_open"),
  ].filter(Boolean);
  return [
    h("ul", "rules failing", failed),
    isShown && [facts, better],
    folded.length > 0 &&
      h("details", null, h("summary", null, folded.join(" · ")), [
        !isShown && facts,
        h("ul", "rules", held),
        open && better,
      ]),
  ];
}

// What a line says: of a move, a refusal and a vote, what the line itself holds.
function whatOf(k) {
  const [first, ...rest] = book.told[language][k];
  if (has(k, "refusal")) return [t("refused", { label: judgement(k).act.judged[0]?.label ?? "–" }), rest];
  const { ayes, noes } = has(k, "sitting") ? line(k).data : {};
  if (ayes) return [`${first} (${ayes.length} – ${noes.length})`, rest];
  if (leaves[k] < 0) return [first, rest];
  const beside = first.split(" · ").slice(1).filter((text) => !/^\d/.test(text));
  const way = `${stateName(leaves[k])} → ${stateName(goes[k])}`;
  return [[way, ...beside].join(" · "), rest];
}

function told(k) {
  const [what, rest] = whatOf(k);
  const isJudged = String(k + 1) in book.acts;
  const other = isJudged ? rest.filter((text) => !/^[✗?!] /.test(text)) : rest;
  return [
    h("p", "what", what),
    other.map((text) => h("p", "soft", text)),
    gone.has(k + 1) && h("p", "soft", t("beside_erased")),
    isJudged && judged(k),
  ];
}

function who(k) {
  const text = say(book.who[actors[k]]);
  return text && names(text, k) ? text : actors[k];
}

// The number of a line shows and hides its bytes.
function number(k) {
  const n = k + 1;
  const toggle = (event) => {
    const here = event.currentTarget;
    const cell = here.closest("tr").lastElementChild;
    const old = cell.querySelector(".raw");
    here.setAttribute("aria-expanded", String(!old));
    if (old) return old.remove();
    const label = t("bytes", { n });
    cell.append(
      h(
        "div",
        { class: "raw", tabindex: 0, role: "group", "aria-label": label },
        hashes && h("p", "soft", t("its_hash"), " ", h("code", null, hexAt(k))),
        h("pre", null, raw(k)),
      ),
    );
  };
  const node = button(undefined, toggle, [hidden(t("line")), " ", n]);
  node.setAttribute("aria-expanded", "false");
  node.title = t("bytes", { n });
  return node;
}

function linesTable(label, lines, { ref = true, whys } = {}) {
  const columns = [t("n"), t("when"), t("who"), ref && t("ref"), t("what")].filter(Boolean);
  const rows = lines.slice(0, now.rows).map((k) => {
    const about = whose[k] < 0 ? "–" : caseLink(whose[k]);
    const what = h("div", null, whys && h("p", "why", whys.get(k)), told(k));
    const cells = [number(k), short(at[k]), who(k), ref && about, what];
    return { cells: cells.filter((cell) => cell !== false), kind: has(k, "refusal") && "refused" };
  });
  return table(label, columns, rows, lines.length, "lines");
}

// ---- The time line: a slider, linear in time; arrow keys hop from instant to instant

function go(last) {
  now.last = now.first = last;
  while (clock[now.first - 1] === clock[last]) now.first--;
  seek(last);
  paintTime();
  paintDiagram();
  refresh();
}

function goSaying(last) {
  go(last);
  const moved = [];
  for (let k = now.first; k <= now.last; k++)
    if (goes[k] >= 0) moved.push(`${book.cases[whose[k]].ref} → ${stateName(goes[k])}`);
  const rest = moved.length - 4;
  const told = [t("moved", { count: moved.length }), moved.slice(0, 4).join(", ")];
  if (rest > 0) told.push(t("and_others", { count: rest }));
  const still = t("nobody_moved", { count: now.last - now.first + 1 });
  byId("said").textContent = moved.length ? told.join(" ") : still;
}

function hop(direction) {
  const ahead = (k) => k > now.last;
  const behind = (k) => k < now.first;
  const next = direction > 0 ? stops.find(ahead) : stops.findLast(behind);
  if (next === undefined) return;
  goSaying(next);
}

function paintTime() {
  const slider = byId("slider");
  if (!slider) return;
  const moment = long(clock[now.last]);
  byId("moment").textContent = narrow.matches ? short(clock[now.last]) : moment;
  slider.value = clock[now.last];
  slider.setAttribute("aria-valuetext", moment);
}

// The lines but for mails, by time; in red where something was refused; the dates of the contest.
function histogram() {
  const BINS = 240;
  const [from, to] = [clock[0], clock[COUNT - 1]];
  const where = (instant) => ((instant - from) / (to - from || 1)) * BINS;
  const bins = new Uint32Array(BINS);
  const refused = new Set();
  for (let k = 0; k < COUNT; k++) {
    const bin = Math.min(BINS - 1, Math.floor(where(clock[k])));
    if (!has(k, "mail")) bins[bin]++;
    if (has(k, "refusal")) refused.add(bin);
  }
  const unit = 30 / Math.log1p(Math.max(...bins));
  const bar = (x, tall, kind) =>
    h("rect", { class: kind, x, y: 36 - tall, width: 0.8, height: tall });
  const dates = book.dates.map((date) => where(Date.parse(date.at)));
  return h(
    "svg",
    { viewBox: `0 0 ${BINS} 40`, preserveAspectRatio: "none", "aria-hidden": "true" },
    dates.map((x) => x >= 0 && x <= BINS && h("line", { x1: x, x2: x, y1: 0, y2: 40 })),
    [...bins].map((bin, i) => bin > 0 && bar(i, 2 + Math.log1p(bin) * unit, "")),
    [...refused].map((i) => h("rect", { class: "refused", x: i, y: 37, width: 0.8, height: 3 })),
  );
}

function timeline() {
  const HOPS = { ArrowRight: 1, ArrowUp: 1, ArrowLeft: -1, ArrowDown: -1 };
  let waiting = 0;
  const drag = () => {
    waiting ||= requestAnimationFrame(() => {
      waiting = 0;
      go(lastBy(Number(slider.value)));
    });
  };
  const keydown = (event) => {
    if (!HOPS[event.key] || event.altKey || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    hop(HOPS[event.key]);
  };
  const slider = h("input", {
    type: "range",
    id: "slider",
    min: clock[0],
    max: clock[COUNT - 1],
    step: "any",
    "aria-label": t("slider"),
    input: drag,
    change: () => goSaying(lastBy(Number(slider.value))),
    keydown,
  });
  const change = () => goSaying(lastBy(Number(jump.value)));
  const option = ({ at: instant, label }) => {
    const value = Date.parse(instant);
    return h("option", { value }, `${short(value)} · ${say(label)}`);
  };
  const jump = h("select", { id: "jump", "aria-label": t("jump"), change }, [
    h("option", { value: "", disabled: "", selected: "" }, t("jump")),
    book.dates.map(option),
  ]);
  const hopTo = (id, sign, click) => {
    const node = button(id, click, [h("span", { "aria-hidden": "true" }, sign), hidden(t(id))]);
    node.title = t(id);
    return node;
  };
  return h(
    "section",
    { class: "time", "aria-label": t("time") },
    h("p", "moment", h("span", { id: "moment" }), h("span", { id: "said", role: "status" })),
    hopTo("begin", "«", () => goSaying(stops[0])),
    hopTo("back", "‹", () => hop(-1)),
    h("div", "track", histogram(), slider),
    hopTo("next", "›", () => hop(1)),
    hopTo("end", "»", () => goSaying(END)),
    book.dates.length > 0 && jump,
  );
}

// ---- The diagram: boxes are buttons that narrow the table, arrows and dots a picture

const narrow = matchMedia("screen and (max-width: 860px)");
const drawn = {}; // what paintDiagram changes: boxes and arrows, and in their layer dots or bars

const set = (node, attributes) =>
  Object.entries(attributes).forEach(([name, value]) => node.setAttribute(name, value));

function diagram() {
  const { width, height, boxes, arrows } = book.layout[narrow.matches ? "tall" : "wide"];
  const picture = { viewBox: `0 0 ${width} ${height}`, "aria-hidden": "true" };
  const size = { markerWidth: 7, markerHeight: 7, markerUnits: "userSpaceOnUse", orient: "auto" };
  const tip = (id) =>
    h("marker", { id, viewBox: "0 0 8 8", refX: 7, refY: 4, ...size }, [
      h("path", { d: "M0 0.8 8 4 0 7.2z" }),
    ]);
  drawn.arrows = new Map(
    arrows.map(({ from, to, path }) => [
      pair(stateOf.get(from), stateOf.get(to)),
      h("path", { d: path }),
    ]),
  );
  drawn.boxes = new Map();
  for (const [name, box] of Object.entries(boxes)) {
    const s = stateOf.get(name);
    const node = h(
      "button",
      {
        type: "button",
        id: `state-${s}`,
        class: book.states[s].ends ? "state ends" : "state",
        click: () => only(now.state === s ? -1 : s),
      },
      h("span", "label", stateName(s)),
      " ",
      h("span", "count"),
    );
    ["left", "top", "width", "height"].forEach((side, i) => {
      node.style[side] = `${(100 * box[i]) / (i % 2 ? height : width)}%`;
    });
    drawn.boxes.set(s, { node, box });
  }
  drawn.dots = CASES > DOTS ? [] : book.cases.map(() => h("circle"));
  drawn.bars = CASES > DOTS ? [...drawn.boxes].map(([s]) => [s, h("rect", { height: 5 })]) : [];
  drawn.layer = h("svg", picture, drawn.dots, [drawn.bars.map(([, bar]) => bar)]);
  const node = h(
    "div",
    { id: "diagram", role: "group", "aria-label": t("diagram") },
    h("svg", picture, h("defs", null, ["idle", "gone", "way"].map(tip)), [
      h("g", "arrows", [...drawn.arrows.values()]),
    ]),
    [...drawn.boxes.values()].map((one) => one.node),
    drawn.layer,
  );
  node.style.setProperty("--u", `${100 / width}cqw`);
  node.style.aspectRatio = `${width} / ${height}`;
  node.style.maxWidth = `${1.2 * width}px`;
  return h("div", "canvas", node);
}

// Where the dots of a box go: right of its count, on as many rows as they need.
function spots([x, y, width, height], many) {
  const left = x + 16 + 10 * String(CASES).length;
  const room = x + width - 8 - left;
  const pitch = Math.min(9, Math.sqrt((room * 16) / Math.max(many, 1)));
  const across = Math.max(1, Math.floor(room / pitch));
  const half = (Math.ceil(many / across) - 1) / 2;
  return (i) => ({
    cx: left + pitch * ((i % across) + 0.5),
    cy: y + height - 15 + pitch * (Math.floor(i / across) - half),
    r: pitch * 0.36,
  });
}

const movedNow = (w) => place[w] >= 0 && since[w] >= now.first;

function paintDiagram() {
  if (!byId("diagram")) return;
  const counts = new Int32Array(KINDS);
  for (const s of place) if (s >= 0) counts[s]++;
  const followed = refOf.get(now.route) ?? -1;
  const way = new Set();
  for (const k of moves[followed] ?? []) if (k <= now.last) way.add(pair(leaves[k], goes[k]));
  for (const [between, path] of drawn.arrows) {
    path.setAttribute("class", way.has(between) ? "way" : used[between] ? "gone" : "idle");
    path.style.strokeWidth = Math.min(3.5, 1 + Math.log2(1 + used[between]) * 0.3);
  }
  for (const [s, { node }] of drawn.boxes) {
    node.lastChild.textContent = count(counts[s]);
    set(node, { "aria-pressed": now.state === s });
    node.classList.toggle("empty", !counts[s]);
    node.classList.toggle("here", place[followed] === s);
  }
  for (const [s, bar] of drawn.bars) {
    const [x, y, width, height] = drawn.boxes.get(s).box;
    const long = ((width - 20) * counts[s]) / CASES;
    set(bar, { x: x + 10, y: y + height - 9, width: counts[s] ? Math.max(1.5, long) : 0 });
  }
  const where = new Map([...drawn.boxes].map(([s, { box }]) => [s, spots(box, counts[s])]));
  const filled = new Int32Array(KINDS);
  drawn.dots.forEach((dot, w) => {
    const spot = where.get(place[w]);
    const kind = !spot ? "away" : w === followed ? "way" : movedNow(w) ? "moved" : "";
    set(dot, { class: kind, ...spot?.(filled[place[w]]++) });
  });
}

function only(s) {
  if (s < 0) byId(`state-${now.state}`).focus();
  now.state = s;
  if (now.route !== "path") location.hash = "#path";
  else go(now.last);
}

// ---- The views: each returns what stays, and says in `refresh` what the instant changes

const list = () => h("div", { id: "list" });
const heading = (...text) => h("h2", { tabindex: -1, id: "view" }, text);
const tabHeading = (key) => h("h2", { tabindex: -1, id: "view", class: "hidden" }, t(key));

function finder() {
  const input = (event) => {
    now.query = event.currentTarget.value;
    now.rows = ROWS;
    refresh();
  };
  const field = { type: "search", id: "query", value: now.query, autocomplete: "off", input };
  return h("search", null, h("label", { for: "query" }, t("find")), " ", h("input", field));
}

function chips(route, all, choices) {
  const chip = ([name, label, number]) => {
    const current = name === now.group && "true";
    return h("a", { href: `#${route}/${name}`, "aria-current": current }, label, " ", [
      soft(count(number)),
    ]);
  };
  const links = [["", t("all"), all], ...choices].map(chip);
  return h("nav", { class: "chips", "aria-label": t("filter") }, links);
}

// ---- The first screen: what came of the contest, whatever instant the other views show

const SENSES = { favourable: "in_favour", mixed: "undecided", adverse: "against" };

function groupsOf(cases) {
  const groups = new Map();
  for (const w of cases) into(groups, place[w], w);
  return [...groups].map(([s, those]) =>
    h(
      "p",
      "group",
      h("b", null, `${stateName(s)} (${count(those.length)})`),
      " ",
      those.slice(0, now.rows).map((w, i) => [i > 0 && " · ", caseLink(w, caseTitle(w))]),
      those.length > now.rows && ` · ${t("and_others", { count: those.length - now.rows })}`,
    ),
  );
}

function refusedTable(label, cases) {
  const rows = cases.slice(0, now.rows).map((w) => {
    const k = decided[w];
    const { why = "", judged: [way] = [] } = say(book.acts[k + 1]);
    const [first, ...others] = why.split("\n");
    const rest = others.length > 0 && ` (${t("and_others", { count: others.length })})`;
    const told = [way?.label, first && `✗ ${first}`].filter(Boolean).join(" · ");
    const cells = [caseLink(w, caseTitle(w)), short(came[k]), stateName(place[w]), [told, rest]];
    return { cells };
  });
  return table(label, [t("name"), t("when"), t("state"), t("why")], rows, cases.length);
}

function seeFirst([kind, label]) {
  const found = book.look_first.filter((one) => one.kind === kind);
  if (!found.length) return [];
  const [{ n, why }] = found;
  const about = whose[n - 1] >= 0 && [caseLink(whose[n - 1]), " · "];
  const rest = found.length > 1 && ` ${t("and_others", { count: found.length - 1 })}`;
  const where = [" (", t("line"), " ", lineLink(n - 1), ")"];
  return [h("li", null, h("b", null, say(label)), " – ", about, say(why), where, rest)];
}

function summaryView() {
  refresh = () => {
    seek(END);
    const by = { in_favour: [], against: [], undecided: [] };
    for (let w = 0; w < CASES; w++)
      if (place[w] >= 0) by[SENSES[decided[w] < 0 ? "mixed" : line(decided[w]).data.decision]].push(w);
    const first = Object.entries(book.kinds).flatMap(seeFirst).slice(0, 3);
    const part = (key, draw) =>
      by[key].length > 0 && section(t(key), by[key].length, draw(by[key]));
    const all = h("a", { href: "#first" }, `${t("all")} (${count(book.look_first.length)})`);
    fill(
      "list",
      part("in_favour", groupsOf),
      part("against", (cases) => refusedTable(t("against"), cases)),
      part("undecided", groupsOf),
      first.length > 0 && section(t("see_first"), null, h("ul", "first", first), h("p", null, all)),
    );
    seek(now.last);
  };
  const until = t("until", { when: long(clock[END]), n: COUNT });
  return [tabHeading("summary"), h("p", "lead", until), list()];
}

function pathView() {
  refresh = () => {
    const query = fold(now.query);
    const standing = book.cases.map((_, w) => w).filter((w) => place[w] >= 0);
    const fits = (w) =>
      (now.state < 0 || place[w] === now.state) &&
      (!query || fold(`${caseTitle(w)} ${stateName(place[w])}`).includes(query));
    const found = query || now.state >= 0 ? standing.filter(fits) : standing;
    const rows = found.slice(0, now.rows).map((w) => {
      const moved = movedNow(w);
      const when = [short(came[since[w]]), moved && hidden(` ${t("moved_now")}`)];
      const cells = [caseLink(w), caseName(w), stateName(place[w]), when];
      return { cells, kind: moved && "moved" };
    });
    const columns = [t("ref"), t("name"), t("state"), t("since")];
    const choice = [t("only", { state: stateName(now.state) }), " "];
    fill(
      "list",
      now.state >= 0 &&
        h(
          "p",
          null,
          choice,
          button("show_all", () => only(-1)),
        ),
      narrowed(t("where"), found.length, standing.length, [
        table(t("where"), columns, rows, found.length),
      ]),
    );
  };
  return [tabHeading("path"), timeline(), diagram(), finder(), list()];
}

function findingsOf(kind) {
  const found = book.look_first.filter((one) => one.kind === kind && one.n - 1 <= now.last);
  const whys = new Map(found.map(({ n, why }) => [n - 1, say(why)]));
  return { kind, label: say(book.kinds[kind]), whys };
}

const titled = ({ label, whys }) => `${label} (${count(whys.size)})`;

// What is routine is counted, and shown to who asks.
function levelPart({ label, kinds, folded }) {
  const parts = kinds.map(findingsOf).filter(({ whys }) => whys.size > 0);
  if (!parts.length) return false;
  const total = parts.reduce((sum, { whys }) => sum + whys.size, 0);
  const lists = parts.map((part) =>
    h("section", null, h("h4", null, titled(part)), [
      linesTable(part.label, [...part.whys.keys()], { whys: part.whys }),
    ]),
  );
  const summary = parts.map(titled).join(" · ");
  const shown = folded ? h("details", null, h("summary", null, summary), lists) : lists;
  return section(say(label), total, shown);
}

function firstView() {
  refresh = () => {
    const parts = book.levels.map(levelPart);
    fill("list", parts.some(Boolean) ? parts : h("p", "soft", t("nothing")));
  };
  return [tabHeading("first"), h("p", "lead", t("first_lead")), timeline(), list()];
}

const counted = (group) => {
  let sum = 0;
  for (let k = 0; k < COUNT; k++) sum += has(k, group);
  return sum;
};

function journalView() {
  const groups = book.groups.map(({ name, label }) => [name, say(label), counted(name)]);
  const choices = groups.filter(([, , number]) => number);
  const chosen = choices.find(([name]) => name === now.group);
  const text = (k) => {
    const about = whose[k] < 0 ? "" : caseTitle(whose[k]);
    return fold(`${k + 1} ${about} ${who(k)} ${say(book.told)[k].join(" ")}`);
  };
  refresh = () => {
    const query = fold(now.query);
    const lines = [];
    for (let k = 0; k <= now.last; k++)
      if ((!chosen || has(k, now.group)) && (!query || text(k).includes(query))) lines.push(k);
    const [, label, total] = chosen ?? ["", t("all_lines"), COUNT];
    fill("list", narrowed(label, lines.length, total, linesTable(label, lines)));
  };
  return [tabHeading("journal"), timeline(), chips("journal", COUNT, choices), finder(), list()];
}

function lineView(n) {
  const k = n - 1;
  if (!(k in at)) return lostView();
  const near = Array.from({ length: 7 }, (_, i) => k - 3 + i).filter((i) => i in at);
  refresh = () => {
    fill("list", linesTable(t("line_n", { n }), near));
    const row = document.querySelectorAll("#list tbody tr")[near.indexOf(k)];
    row.classList.add("moved");
    row.querySelector("button").click();
  };
  const about = whose[k] >= 0 && [" · ", caseLink(whose[k], caseTitle(whose[k]))];
  return [heading(t("line_n", { n })), h("p", "lead", long(at[k]), about), list()];
}

function lostView() {
  refresh = () => {};
  return [heading(t("lost")), h("p", null, h("a", { href: "#summary" }, t("summary")))];
}

function caseView(ref) {
  const w = refOf.get(ref);
  if (w === undefined) return lostView();
  const mails = book.mails.filter((mail) => mail.case === w);
  const about = new Set(naming.get(w));
  refresh = () => {
    const lines = [];
    for (let k = 0; k <= now.last; k++)
      if ((whose[k] === w && !has(k, "mail")) || about.has(k)) lines.push(k);
    const stands = { state: stateName(place[w]), when: long(came[since[w]]) };
    const last = decided[w] <= now.last && line(decided[w]).data.decision === "adverse";
    const why = last ? say(book.acts[decided[w] + 1])?.why : "";
    fill(
      "list",
      h("p", "lead", place[w] < 0 ? t("not_yet") : t("stands", stands)),
      why && h("ul", "failing", why.split("\n").map((text) => h("li", null, `✗ ${text}`))),
      book.panels.map((panel) => matrix(panel, w)),
      section(t("story"), lines.length, linesTable(t("story"), lines, { ref: false })),
      mailsTable(mails, false),
    );
  };
  return [heading(ref, " ", h("span", "name", caseName(w))), timeline(), h("div", "of-case", diagram()), list()];
}

// ---- Mails

const inTrouble = ({ late, steps }) =>
  late || steps.some(([, stage]) => book.stages[stage].trouble);

function mailRow(mail, [n, step], to) {
  const stage = book.stages[step];
  const due = Date.parse(mail.due);
  const delay = at[n - 1] - Math.max(due, at[mail.steps[0][0] - 1]);
  const after = mail.steps.length > 1 && delay >= 60000 && t("after", { time: lasting(delay) });
  const became = [`${say(stage.label)}, ${short(at[n - 1])} `, after && soft(after)];
  const reader = [say(mail.to), " ", mail.case !== null && caseLink(mail.case)];
  const cells = [mail.name, say(mail.label), ...(to ? [reader] : []), short(due), became];
  const wrong = stage.trouble || (mail.late && n === mail.steps.at(-1)[0]);
  return { cells: [...cells, lineLink(n - 1)], kind: wrong && "refused" };
}

function mailsTable(mails, to) {
  const columns = [t("mail"), t("what"), to && t("recipient"), t("due"), t("became"), t("line")];
  const known = [];
  for (const mail of mails) {
    const step = mail.steps.findLast(([n]) => n - 1 <= now.last);
    if (step) known.push([mail, step]);
  }
  const rows = known.slice(0, now.rows).map(([mail, step]) => mailRow(mail, step, to));
  const told = table(t("mails"), columns.filter(Boolean), rows, known.length);
  return section(t("mails"), known.length, told);
}

// Late is what was told after its term, or is not told by then: as of the instant that is shown.
function decisionsTable() {
  const until = clock[now.last];
  const rows = book.decisions
    .filter(({ n }) => n - 1 <= now.last)
    .map(({ n, case: w, label, at, told, by, owed, mail }) => {
      const then = told && Date.parse(told) <= until ? Date.parse(told) : null;
      const late = (then || owed) && (then ?? until) > Date.parse(by);
      const when = [then ? short(then) : "–", late && ` · ${t("late")}`];
      const cells = [lineLink(n - 1), caseLink(w), say(label), short(Date.parse(at)), when];
      return { cells: [...cells, then && mail], kind: late ? "refused" : "" };
    })
    .sort((one, other) => !one.kind - !other.kind);
  const heads = ["line", "ref", "decision", "decided_on", "told_on", "letter"].map((key) => t(key));
  return section(t("decisions"), rows.length, table(t("decisions"), heads, rows));
}

function mailsView() {
  const trouble = book.mails.filter(inTrouble);
  const text = (mail) => {
    const about = mail.case === null ? "" : caseTitle(mail.case);
    return fold(`${mail.name} ${say(mail.label)} ${say(mail.to)} ${about}`);
  };
  refresh = () => {
    const query = fold(now.query);
    const some = now.group === "trouble" ? trouble : book.mails;
    const chosen = query ? some.filter((mail) => text(mail).includes(query)) : some;
    const register = !query && now.group !== "trouble" && decisionsTable();
    fill("list", register, mailsTable(chosen, true));
  };
  const choices = [["trouble", t("in_trouble"), trouble.length]];
  const filters = chips("mails", book.mails.length, choices);
  return [tabHeading("mails"), timeline(), filters, finder(), list()];
}

// ---- The jury: marks, figures and ranks as the lines hold them

function recorded(panel, w) {
  const found = { marks: new Map(), away: new Set(), figures: {}, rank: null, ranked: Infinity };
  for (const k of marking.get(`${w}/${panel.name}`) ?? []) {
    if (k > now.last) break;
    const { data, type } = line(k);
    const member = data.institution;
    if (type === "scores_given" || type === "scores_rectified")
      found.marks.set(member, { ...found.marks.get(member), ...data.scores });
    if (type === "institution_recused" && !data.person) found.away.add(member);
    if (type === "recusal_lifted") found.away.delete(member);
    if (type === "rank_recorded") [found.rank, found.ranked] = [data, k];
    found.figures = data.panels?.[panel.name] ?? found.figures;
  }
  found.mean = found.figures[panel.order] ?? found.figures.total;
  for (const member of found.away) found.marks.delete(member);
  return found;
}

// A circle at each mark given, larger where there are several; a bar at the figure recorded.
function spread(panel, marks, figure) {
  if (!panel.scale.length) return "–";
  const [from, to] = panel.scale;
  const x = (value) => 8 + ((value - from) / (to - from || 1)) * 204;
  const counts = new Map();
  for (const value of marks) counts.set(value, (counts.get(value) ?? 0) + 1);
  const step = Math.max(100, Math.ceil((to - from) / 1000) * 100);
  const rule = (x1, x2, y1, y2) => h("line", { x1, x2, y1, y2 });
  const ticks = [rule(x(from), x(to), 14, 14)];
  for (let value = from; value <= to; value += step) ticks.push(rule(x(value), x(value), 8, 20));
  const dot = ([value, many]) =>
    h("circle", { cx: x(value), cy: 14, r: 2 + 1.1 * Math.sqrt(many) });
  const inside = figure >= from && figure <= to;
  return h(
    "svg",
    { class: "spread", viewBox: "0 0 220 28", "aria-hidden": "true" },
    ticks,
    [...counts].map(dot),
    inside && h("rect", { x: x(figure) - 1.25, y: 2, width: 2.5, height: 24 }),
  );
}

const scaleOf = (panel) => panel.scale.map(mark).join(" – ") || t("scale");
const isMark = (value) => typeof value === "number";

const ranks = new Map(); // the rank that each line records
function rankAt(k) {
  if (!ranks.has(k)) ranks.set(k, line(k).data.rank);
  return ranks.get(k);
}

// Where the last sitting put a candidature, wherever it went since; -1 where none decided on it.
function putBy(panel, w) {
  const went = moves[w].filter((k) => k <= now.last).map((k) => goes[k]);
  const stood = went.findLastIndex((s) => panel.before.includes(book.states[s].name));
  if (stood < 0 || panel.before.includes(book.states[place[w]].name)) return -1;
  return went.slice(stood + 1).find((s) => panel.decided.includes(book.states[s].name)) ?? -1;
}

// The place of the cut among those who were decided on; -1 where decisions do not follow it.
function cutIn(panel, decided) {
  const letIn = decided.map((s) => s >= 0 && panel.first.includes(book.states[s].name));
  const out = decided.findIndex((s, i) => s >= 0 && !letIn[i]);
  const follows = out > 0 && letIn.slice(0, out).some(Boolean) && !letIn.slice(out).some(Boolean);
  return follows && !panel.apart ? out : -1;
}

function ranking(panel) {
  const order = [];
  for (let w = 0; w < CASES; w++) {
    const lines = (marking.get(`${w}/${panel.name}`) ?? []).filter((k) => k <= now.last);
    const ranked = lines.findLast(rankAt);
    if (lines.length) order.push([ranked === undefined ? Infinity : rankAt(ranked), w]);
  }
  order.sort(([a, v], [b, w]) => a - b || v - w);
  const putTo = order.map(([, w]) => putBy(panel, w));
  const cutAt = cutIn(panel, putTo);
  const rows = order.slice(0, now.rows).map(([, w], i) => {
    const found = recorded(panel, w);
    const marks = [...found.marks.values()].flatMap(Object.values).filter(isMark);
    const ends = [Math.min(...marks), Math.max(...marks)].map(mark).join(" – ");
    const cut = i === cutAt;
    const tied = found.rank?.tied > 1 && soft(` ${t("tied", { count: found.rank.tied })}`);
    const cells = [
      [found.rank?.rank ?? "–", tied],
      caseLink(w, caseTitle(w)),
      mark(found.mean),
      spread(panel, marks, found.mean),
      marks.length ? `${ends} (${count(marks.length)})` : "–",
      mark(found.figures.spread),
      [cut && hidden(`${t("cut")} `), stateName(putTo[i])],
      stateName(place[w]),
    ];
    return { cells, kind: cut && "cut" };
  });
  const told = [t("rank"), t("name"), t("mean"), scaleOf(panel), t("marks"), t("spread")];
  const columns = [...told, t("decided"), t("stands_now")];
  const label = say(panel.label);
  return section(label, order.length, table(label, columns, rows, order.length));
}

function matrix(panel, w) {
  const found = recorded(panel, w);
  const members = panel.members.filter(({ name }) => found.marks.has(name) || found.away.has(name));
  if (!members.length) return null;
  const brief = ({ label }) => say(label).match(/\(([^()]{2,12})\)$/)?.[1] ?? say(label);
  const columns = [t("criterion"), ...members.map(brief), t("recorded"), scaleOf(panel)];
  const rows = panel.criteria.map(({ name, label }) => {
    const given = members.map((member) => found.marks.get(member.name)?.[name]);
    const told = members.map((member, i) => {
      if (found.away.has(member.name)) return t("stepped_aside");
      return given[i] === null ? t("no_opinion") : mark(given[i]);
    });
    const figure = found.figures[name];
    const plot = spread(panel, given.filter(isMark), figure);
    return { cells: [say(label), ...told, mark(figure), plot] };
  });
  const summary = [
    found.rank && t("ranked", { rank: found.rank.rank }),
    isMark(found.mean) && t("recorded_mean", { mean: mark(found.mean) }),
  ];
  const label = say(panel.label);
  const wide = { class: "wide", tabindex: 0, role: "group", "aria-label": label };
  return section(
    label,
    null,
    h("p", null, summary.filter(Boolean).join(" · ")),
    h("div", wide, table(label, columns, rows)),
  );
}

function juryView() {
  refresh = () => {
    const lines = sittings.filter((k) => k <= now.last);
    const held = section(t("sittings"), lines.length, linesTable(t("sittings"), lines));
    fill("list", book.panels.map(ranking), held);
  };
  return [tabHeading("jury"), h("p", "lead", t("jury_lead")), timeline(), list()];
}

// ---- The check: the chain, the openings, a hash one holds

let hashes; // of each line, 32 bytes each, once worked out
const checked = { opened: 0, wrong: 0, finished: false };

const hex = (digest) => Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
const hexAt = (k) => hex(hashes.subarray(k * 32, k * 32 + 32));

// SHA-256, for where the browser keeps its own from the page: served without TLS.
const PRIMES = [];
for (let n = 2; PRIMES.length < 64; n++) if (PRIMES.every((prime) => n % prime)) PRIMES.push(n);
const fraction = (value) => ((value % 1) * 2 ** 32) | 0;
const ROUNDS = PRIMES.map((prime) => fraction(Math.cbrt(prime)));
const SEED = PRIMES.slice(0, 8).map((prime) => fraction(Math.sqrt(prime)));

function sha256(data) {
  const size = ((data.length + 72) >> 6) << 6;
  const view = new DataView(new ArrayBuffer(size));
  new Uint8Array(view.buffer).set(data);
  view.setUint8(data.length, 128);
  view.setUint32(size - 8, Math.floor(data.length / 2 ** 29));
  view.setUint32(size - 4, data.length << 3);
  const turn = (x, ...by) => by.reduce((sum, n) => sum ^ ((x >>> n) | (x << (32 - n))), 0);
  const sum = Int32Array.from(SEED);
  const w = new Int32Array(64);
  for (let block = 0; block < size; block += 64) {
    let [a, b, c, d, e, f, g, last] = sum;
    for (let i = 0; i < 64; i++) {
      const [x, y] = [w[i - 15], w[i - 2]];
      const mixed = (turn(x, 7, 18) ^ (x >>> 3)) + (turn(y, 17, 19) ^ (y >>> 10));
      w[i] = i < 16 ? view.getInt32(block + i * 4) : w[i - 16] + w[i - 7] + mixed;
      const one = last + turn(e, 6, 11, 25) + ((e & f) ^ (~e & g)) + ROUNDS[i] + w[i];
      const two = turn(a, 2, 13, 22) + ((a & b) ^ (a & c) ^ (b & c));
      [a, b, c, d, e, f, g, last] = [(one + two) | 0, a, b, c, (d + one) | 0, e, f, g];
    }
    [a, b, c, d, e, f, g, last].forEach((word, i) => (sum[i] += word));
  }
  sum.forEach((word, i) => view.setInt32(i * 4, word));
  return new Uint8Array(view.buffer, 0, 32);
}

const subtle = globalThis.crypto?.subtle;
const digest = async (data) =>
  subtle ? new Uint8Array(await subtle.digest("SHA-256", data)) : sha256(data);
const pause = () => new Promise((resolve) => setTimeout(resolve));

// Every line is hashed, and compared with what the next one names.
async function check() {
  const found = new Uint8Array(COUNT * 32);
  for (let k = 0; k < COUNT;) {
    const some = Array.from({ length: Math.min(500, COUNT - k) }, (_, i) => digest(bytesOf(k + i)));
    for (const sum of await Promise.all(some)) found.set(sum, 32 * k++);
    await pause();
  }
  const wrong = before.findIndex((byte, i) => byte !== (i < 32 ? 0 : found[i - 32]));
  if (wrong >= 0) broken = Math.min(broken || COUNT, (wrong >> 5) + 1);
  hashes = found;
  const { head, lines } = book.made;
  if (COUNT !== lines || (COUNT && hexAt(COUNT - 1) !== head)) broken ||= COUNT;
  const encoder = new TextEncoder();
  for (const [i, { n, subject, salt, data }] of book.side.entries()) {
    const sum = hex(await digest(encoder.encode(`${salt}\n${data}\n`)));
    if (line(n - 1).pd?.[subject] === sum) checked.opened++;
    else checked.wrong ||= n;
    if (i % 500 === 499) await pause();
  }
  checkNames();
  checked.finished = true;
  paintBadge();
  if (now.route === "check") refresh();
}

// Where the texts beside the lines are shown whole, the last name that they hold is the one shown.
function checkNames() {
  const last = new Map();
  for (const { n, subject, data } of book.side) {
    const name = JSON.parse(data).facts?.[book.contest.name];
    if (typeof name === "string") last.set(subject, [n, name]);
  }
  for (const [id, [n, name]] of last)
    if (caseOf.has(id) && book.cases[caseOf.get(id)].name !== name) untrue ||= n;
}

function paintBadge() {
  const badge = byId("badge");
  const wrong = broken || checked.wrong || untrue;
  const key = broken ? "badge_broken" : checked.wrong ? "badge_side" : "badge_untrue";
  const sound = t("badge_whole", { head: book.made.head.slice(0, 8) });
  badge.className = !checked.finished ? "" : wrong ? "no" : "yes";
  badge.textContent = !checked.finished
    ? t("checking")
    : wrong
      ? t(key, { n: wrong })
      : sound;
}

// A text whose commands, between backquotes, are shown as code.
const inCode = (text) => text.split("`").map((part, i) => (i % 2 ? h("code", null, part) : part));

function results() {
  if (!checked.finished) return h("p", "soft", t("checking"));
  const { opened, wrong } = checked;
  const one = (good, bad, text) =>
    h("li", bad ? "no" : "yes", bad ? "✗ " : "✓ ", bad ? text : good);
  const whole = t("chain_whole", { count: COUNT });
  const sides = t("sides_opened", { opened, count: commitments });
  return h(
    "ul",
    "results",
    one(whole, broken, t("chain_broken", { n: broken })),
    opened || wrong || !commitments
      ? one(sides, wrong, t("side_wrong", { n: wrong }))
      : h("li", null, inCode(t("sides_closed", { count: commitments }))),
    one(t("told_true"), untrue, t("badge_untrue", { n: untrue })),
    h("li", null, t("head"), " ", h("code", null, hexAt(COUNT - 1))),
    h("li", "soft", t(subtle ? "by_browser" : "by_page")),
  );
}

// What one holds: a hash in hexadecimal or base64, or a checkpoint whole.
function held(text) {
  const lines = text.trim().split(/\s*\n\s*/);
  const size = lines.length > 2 && /^\d+$/.test(lines[1]) ? Number(lines[1]) : 0;
  const word = size ? lines[2] : lines.join("");
  const sum = /^[A-Za-z0-9+/]{43}=$/.test(word) ? hex(bytesIn(word)) : word;
  const signed = /[—–-]\s+\S+\s+([A-Za-z0-9+/\s]{80,}={0,2})/.exec(text)?.[1];
  return { sum: sum.toLowerCase(), size, note: `${lines.slice(0, 3).join("\n")}\n`, signed };
}

// Whether a key of the ledger has signed a checkpoint; null where the browser cannot tell.
async function isSigned({ note, signed, size }) {
  const text = new TextEncoder().encode(note);
  try {
    const signature = bytesIn(signed.replace(/\s/g, "")).subarray(4);
    for (let k = 0; k < size; k++) {
      if (!has(k, "rule")) continue;
      const { key } = line(k).data;
      if (typeof key !== "string") continue;
      const known = await subtle.importKey("raw", bytesIn(key), "Ed25519", false, ["verify"]);
      if (await subtle.verify("Ed25519", known, signature, text)) return true;
    }
    return false;
  } catch (error) {
    return subtle && error.name !== "NotSupportedError" ? false : null;
  }
}

async function lookUp(text) {
  const note = held(text);
  const { sum, size } = note;
  if (!/^[0-9a-f]{8,64}$/.test(sum)) return t("no_hash");
  let k = 0;
  while (k < COUNT && !hexAt(k).startsWith(sum)) k++;
  const n = k + 1;
  if (size && n !== size) return t(size > COUNT ? "note_beyond" : "note_other", { n: size });
  const signed = size && k < COUNT ? await isSigned(note) : true;
  if (signed === false) return t("note_unsigned");
  if (k < COUNT)
    return [
      t(size ? "note_kept" : "hash_found", { n, when: long(at[k]) }),
      size > 0 && ` ${t(signed ? "note_signed" : "note_unknown")}`,
      " ",
      lineLink(k),
    ];
  for (k = 0; k < COUNT; k++)
    if (raw(k).includes(sum)) return [t("hash_named", { n: k + 1 }), " ", lineLink(k)];
  return t("hash_unknown");
}

function save() {
  const href = URL.createObjectURL(new Blob([bytes], { type: "application/jsonl" }));
  h("a", { href, download: `${book.contest.id}.jsonl` }).click();
  setTimeout(() => URL.revokeObjectURL(href), 60000);
}

function checkView() {
  refresh = () => fill("results", results());
  const { made, contest, processes } = book;
  const ask = async () => {
    fill("answer", t("checking"));
    if (hashes) fill("answer", await lookUp(byId("held").value));
  };
  const paragraph = (text) => h("p", null, typeof text === "string" ? inCode(text) : text);
  const process = ({ hash, from }) =>
    h("li", null, t("from_line"), " ", lineLink(from - 1), " ", h("code", null, hash));
  const file = `${contest.id}.jsonl`;
  return [
    heading(t("check")),
    h("div", { id: "results" }),
    section(
      t("proves"),
      null,
      ["proves_this", "proves_not"].map((key) => paragraph(t(key))),
    ),
    section(
      t("held"),
      null,
      h("p", null, h("label", { for: "held" }, t("held_how"))),
      h("textarea", { id: "held", rows: 3, spellcheck: "false", autocomplete: "off" }),
      paragraph(button("ask", ask)),
      h("p", { id: "answer", role: "status" }),
    ),
    section(
      t("bytes_saved"),
      null,
      paragraph(t("save_how")),
      paragraph(button("save", save)),
      h("pre", null, `sha256sum ${file}\ntail -n 1 ${file} | sha256sum`),
    ),
    section(
      t("this_page"),
      null,
      paragraph(t("made", { by: made.by, n: COUNT, when: long(Date.parse(made.at)) })),
      say(made.says).map(paragraph),
      h("ul", null, processes.map(process)),
    ),
  ];
}

// ---- The whole: head, routes, language

const VIEWS = {
  summary: summaryView,
  path: pathView,
  first: firstView,
  journal: journalView,
  jury: juryView,
  mails: mailsView,
  check: checkView,
};

function head() {
  const groups = book.groups.filter(({ name }) => ["move", "refusal", "sitting"].includes(name));
  const strip = [
    ...groups.map(({ name, label }) => [`journal/${name}`, counted(name), say(label)]),
    ["first", book.look_first.length, t("first")],
    ["mails/trouble", book.mails.filter(inTrouble).length, t("in_trouble")],
  ]
    .filter(([, number]) => number)
    .map(([to, number, label]) =>
      h("a", { href: `#${to}` }, h("b", null, count(number)), " ", label),
    );
  const tabs = Object.keys(VIEWS)
    .filter((name) => name !== "jury" || book.panels.length)
    .map((name) => h("a", { href: `#${name}`, id: `tab-${name}` }, t(name)));
  const next = languages[(languages.indexOf(language) + 1) % languages.length];
  const toggle = button(
    "language",
    () => speak(next),
    new Intl.DisplayNames([next], { type: "language" }).of(next),
  );
  toggle.lang = next;
  return [
    h("p", "over", t("over"), book.contest.rehearsal && ` · ${t("rehearsal")}`),
    h("h1", null, say(book.contest.title)),
    h("p", "tools", h("a", { href: "#check", id: "badge" }), toggle),
    h("nav", { class: "strip", "aria-label": t("counts") }, strip),
    h("nav", { class: "tabs", "aria-label": t("views") }, tabs),
  ];
}

function speak(next) {
  language = next;
  build();
}

// Builds all anew; the focus stays on what had it.
function build() {
  const focused = document.activeElement?.id;
  document.documentElement.lang = language;
  fill("head", head());
  const { head: hash, says } = book.made;
  const foot = [t("foot", { count: COUNT }), " ", h("code", null, hash)];
  fill("foot", h("p", null, foot), h("p", null, say(says)[0]));
  paintBadge();
  route();
  byId(focused)?.focus();
}

function route() {
  const [name, rest = ""] = location.hash.slice(1).split("/");
  now.route = name || "summary";
  now.group = rest;
  const view =
    VIEWS[now.route] ?? (name === "line" ? () => lineView(Number(rest)) : () => caseView(name));
  fill("app", COUNT ? view() : heading(t("empty")));
  for (const tab of document.querySelectorAll(".tabs a"))
    tab.ariaCurrent = tab.id === `tab-${now.route}` ? "page" : null;
  document.title = `${byId("view").textContent} – ${say(book.contest.title)}`;
  if (COUNT) go(now.last);
}

// Going back finds the rows and the place that one left.
addEventListener("click", (event) => {
  const link = event.target.closest?.("a[href^='#']");
  if (link) history.replaceState({ y: scrollY, rows: now.rows }, "");
});

addEventListener("hashchange", () => {
  const left = history.state;
  now.query = "";
  now.rows = left?.rows ?? ROWS;
  route();
  byId("view").focus({ preventScroll: true });
  scrollTo(0, left?.y ?? 0);
});

narrow.addEventListener("change", () => {
  document.querySelector(".canvas")?.replaceWith(diagram());
  paintDiagram();
  paintTime();
});
addEventListener("beforeprint", () => {
  if (!byId("more")) return;
  now.rows = Math.max(now.rows, PRINTED);
  refresh();
});

byId("app").after(h("footer", { id: "foot" }));
build();
check();
