// The page's own script: asks Gradio's endpoints for HTML that the server has escaped, and puts it in its place.
import { articles, paste, putBack, remove, turn, watchJob } from "./articles.js";
import { $, W, call, failure, make } from "./base.js";
import { closeSource, openSource, showPicture, toLine } from "./panel.js";

const RECENT = "wenju-recent"; // key of the questions kept in this browser
const MOST_RECENT = 8; // questions kept
const box = () => document.querySelector("#wj-question textarea, #wj-question input");
const setBox = (text) => {
  const field = box();
  const kind = field instanceof HTMLTextAreaElement ? HTMLTextAreaElement : HTMLInputElement;
  Object.getOwnPropertyDescriptor(kind.prototype, "value").set.call(field, text);
  field.dispatchEvent(new Event("input", { bubbles: true }));
};

// What was typed into a field of the filter.
const typed = (id) => document.querySelector(`#${id} textarea, #${id} input`)?.value ?? "";

// Asking -----------------------------------------------------------------------------
let asked = 0; // the newest question wins: an answer to an older one is not shown

async function ask(question, remember = true) {
  question = question.trim();
  if (!question) return box().focus();
  const mine = ++asked;
  const place = $("wj-result");
  setBox(question);
  place.setAttribute("aria-busy", "true");
  const busy = make("p", { class: "wj-busy", role: "status" }, W.busy);
  place.replaceChildren(busy);
  $("wj-start").hidden = true;
  closeSource();
  if (remember) history.pushState({ q: question }, "", `?q=${encodeURIComponent(question)}`);
  document.title = `${question} – ${W.name}`;
  try {
    const html = await call("page_answer", question, ...["wj-only-since", "wj-only-until", "wj-only-source"].map(typed));
    if (mine !== asked) return;
    place.innerHTML = html;
    const said = place.querySelector(".wj-answer, .wj-none, .wj-error");
    $("wj-say").textContent = said ? said.textContent : ""; // for screen readers; the focus stays in the box
    if (!place.querySelector(".wj-error")) keep(question);
  } catch (error) {
    if (mine === asked) place.replaceChildren(failure(error));
  } finally {
    if (mine === asked) place.removeAttribute("aria-busy");
  }
}

// Recent questions, in this browser alone ---------------------------------------------
const recent = () => {
  try {
    const kept = JSON.parse(localStorage.getItem(RECENT) || "[]");
    return Array.isArray(kept) ? kept.filter((one) => typeof one === "string").slice(0, MOST_RECENT) : [];
  } catch {
    return [];
  }
};
const keep = (question) => {
  try {
    const kept = [question, ...recent().filter((one) => one !== question)].slice(0, MOST_RECENT);
    localStorage.setItem(RECENT, JSON.stringify(kept));
  } catch {} // a private window keeps nothing
};
function showRecent() {
  const place = $("wj-recent");
  if (!place) return;
  place.replaceChildren();
  const kept = recent();
  if (!kept.length) return;
  place.append(make("h2", { class: "wj-h" }, W.recent));
  const row = make("div", { class: "wj-row" });
  for (const one of kept) row.append(make("button", { type: "button", class: "wj-example" }, one));
  row.append(make("button", { type: "button", class: "wj-act", id: "wj-forget" }, W.forget));
  place.append(row);
}
async function start() {
  const place = $("wj-start");
  place.hidden = false;
  try {
    place.innerHTML = await call("page_start");
  } catch (error) {
    place.replaceChildren(failure(error));
  }
  place.append(make("div", { id: "wj-recent" }));
  showRecent();
}

// The chip's passage -------------------------------------------------------------------
let tip;
function showTip(chip) {
  const card = $(`wj-card-${chip.dataset.card}`);
  const cited = card && card.querySelector(".wj-cited");
  if (!cited) return;
  tip.replaceChildren(make("strong", {}, card.querySelector("h3").textContent), cited.cloneNode(true));
  tip.hidden = false;
  const spot = chip.getBoundingClientRect();
  const width = Math.min(420, window.innerWidth - 16);
  tip.style.width = `${width}px`;
  tip.style.left = `${Math.max(8, Math.min(spot.left, window.innerWidth - width - 8))}px`;
  const below = spot.bottom + 6;
  const fits = below + tip.offsetHeight < window.innerHeight;
  tip.style.top = `${fits ? below : Math.max(8, spot.top - tip.offsetHeight - 6)}px`;
}
const hideTip = () => { if (tip) tip.hidden = true; };

function toCard(number) {
  hideTip();
  const card = $(`wj-card-${number}`);
  if (!card) return;
  card.scrollIntoView({ block: "center" });
  card.focus({ preventScroll: true });
}

async function toClipboard(text) {
  if (navigator.clipboard) return navigator.clipboard.writeText(text);
  // Over plain http from another machine browsers offer the old way only.
  const field = make("textarea", { class: "wj-hidden" });
  field.value = text;
  document.body.append(field);
  field.select();
  const done = document.execCommand("copy");
  field.remove();
  if (!done) throw new Error("copy");
}
async function copy(button) {
  const said = button.textContent;
  let words = W.copied;
  try {
    await toClipboard(button.dataset.text);
  } catch {
    words = W.copy_failed;
  }
  $("wj-say").textContent = words;
  button.textContent = words;
  setTimeout(() => { button.textContent = said; }, 1500);
}

// Events, all delegated: the HTML carries none ---------------------------------------------
function onClick(event) {
  const at = (selector) => event.target.closest(selector);
  let found;
  if ((found = at(".wj-example"))) ask(found.textContent);
  else if ((found = at(".wj-chip"))) toCard(found.dataset.card);
  else if ((found = at(".wj-open"))) openSource(found);
  else if ((found = at(".wj-copy"))) copy(found);
  else if ((found = at(".wj-close"))) closeSource();
  else if ((found = at(".wj-remove"))) remove(found);
  else if ((found = at(".wj-back"))) putBack(found);
  else if (at("[role=tab]")) closeSource();
  else if ((found = at(".wj-turn"))) turn(Number(found.dataset.page));
  else if (at(".wj-paste")) paste();
  else if ((found = at(".wj-jump"))) {
    const line = $(`wj-L${found.dataset.line}`);
    if (line) toLine(line, line.closest(".wj-text"));
  } else if (at("#wj-forget")) {
    localStorage.removeItem(RECENT);
    showRecent();
  } else if (at("#wj-go")) ask(box().value);
}
function onKey(event) {
  if (event.key === "Escape") {
    if (!tip.hidden) hideTip();
    else if ($("wj-source").classList.contains("wj-open-panel")) closeSource();
  }
  // 229: Enter that only ends an input method's composition
  if (event.key === "Enter" && event.target === box() && !event.isComposing && event.keyCode !== 229) {
    event.preventDefault();
    event.stopPropagation();
    ask(box().value);
  }
}

function begin() {
  tip = make("div", { id: "wj-tip", role: "tooltip" });
  tip.hidden = true;
  document.body.append(tip, make("div", { id: "wj-say", role: "status", "aria-live": "polite" }));
  const head = $("wj-head");
  head.append(make("h1", {}, W.name), make("p", {}, W.claim), make("div", { id: "wj-job" }));
  document.addEventListener("click", onClick);
  document.addEventListener("keydown", onKey, true);
  for (const [on, does] of [["mouseover", showTip], ["focusin", showTip], ["mouseout", hideTip], ["focusout", hideTip]])
    document.addEventListener(on, (event) => {
      const chip = event.target.closest && event.target.closest(".wj-chip");
      if (chip) does(chip);
    });
  document.addEventListener("scroll", hideTip, true);
  document.addEventListener("toggle", showPicture, true);
  window.addEventListener("popstate", fromAddress);
  fixLanguage();
  watchJob(() => { if (!$("wj-start").hidden) start(); });
  start();
  // Gradio builds a tab when it is first opened.
  new MutationObserver(fillTabs).observe(document.body, { childList: true, subtree: true });
  fillTabs();
  fromAddress();
  box().focus({ preventScroll: true });
  document.documentElement.dataset.wenju = "ready";
}
async function put(id, name, ...data) {
  try {
    $(id).innerHTML = await call(name, ...data);
  } catch (error) {
    $(id).replaceChildren(failure(error));
  }
}
function fillTabs() {
  for (const [id, fillIt] of [
    ["wj-articles", articles],
    ["wj-report", () => put("wj-report", "page_report")],
    ["wj-manual", () => put("wj-manual", "page_manual", location.origin)],
  ]) {
    const place = $(id);
    if (!place || place.dataset.filled) continue;
    place.dataset.filled = "yes";
    fillIt();
  }
}
// Gradio names the language of the browser; the page speaks its own.
function fixLanguage() {
  const root = document.documentElement;
  const right = W.lang === "en" ? "en" : "zh-CN";
  const set = () => { if (root.lang !== right) root.lang = right; };
  new MutationObserver(set).observe(root, { attributes: true, attributeFilter: ["lang"] });
  set();
}
function fromAddress() {
  const question = new URLSearchParams(location.search).get("q");
  if (question) ask(question, false);
  else {
    asked++;
    $("wj-result").replaceChildren();
    $("wj-start").hidden = false;
    showRecent();
  }
}

// Gradio builds its components after the page has loaded.
const ready = () => $("wj-result") && $("wj-source") && $("wj-start") && $("wj-head") && box();
const watch = new MutationObserver(() => {
  if (!ready()) return;
  watch.disconnect();
  begin();
});
watch.observe(document.documentElement, { childList: true, subtree: true });
