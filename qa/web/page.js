// The page's own script: asks Gradio's endpoints for HTML that the server has escaped, and puts it in its place.
"use strict";
(() => {
  const W = window.wenjuWords;
  const RECENT = "wenju-recent"; // key of the questions kept in this browser
  const MOST_RECENT = 8; // questions kept
  const $ = (id) => document.getElementById(id);
  const make = (name, attributes = {}, text = "") => {
    const element = document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
    element.textContent = text;
    return element;
  };

  async function call(name, ...data) {
    const answer = await fetch(`/gradio_api/run/${name}`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ data }),
    });
    if (!answer.ok) throw new Error(String(answer.status));
    return (await answer.json()).data[0];
  }

  const box = () => document.querySelector("#wj-question textarea, #wj-question input");
  const setBox = (text) => {
    const field = box();
    const kind = field instanceof HTMLTextAreaElement ? HTMLTextAreaElement : HTMLInputElement;
    Object.getOwnPropertyDescriptor(kind.prototype, "value").set.call(field, text);
    field.dispatchEvent(new Event("input", { bubbles: true }));
  };
  const failure = () => {
    const said = make("p", { class: "wj-error", role: "alert" }, W.offline);
    return said;
  };

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
      const html = await call("page_answer", question);
      if (mine !== asked) return;
      place.innerHTML = html;
      keep(question);
    } catch {
      if (mine === asked) place.replaceChildren(failure());
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
    } catch {
      place.replaceChildren(failure());
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

  // The article beside the answer ---------------------------------------------------------
  let opener = null; // where the focus returns when the panel closes
  async function openSource(button) {
    opener = button;
    const place = $("wj-source");
    place.classList.add("wj-open-panel");
    place.setAttribute("aria-busy", "true");
    place.replaceChildren(make("p", { class: "wj-busy", role: "status" }, W.busy));
    const { path, start, end, marks } = button.dataset;
    try {
      place.innerHTML = await call("page_source", path, Number(start), Number(end), marks || "");
    } catch {
      place.replaceChildren(failure());
    }
    place.removeAttribute("aria-busy");
    const body = place.querySelector(".wj-text");
    const hit = place.querySelector(".wj-hit mark, .wj-hit");
    if (hit && body) toLine(hit, body);
    const panel = place.querySelector(".wj-panel");
    if (panel) panel.focus({ preventScroll: true });
  }
  function toLine(line, body) {
    // On a telephone the whole panel scrolls, elsewhere the text in it.
    const scroller = body.scrollHeight > body.clientHeight + 1 ? body : $("wj-source");
    scroller.scrollTop += line.getBoundingClientRect().top - scroller.getBoundingClientRect().top - scroller.clientHeight / 3;
  }
  // The picture of a PDF page is drawn when somebody wants to see it.
  function showPicture(event) {
    const image = event.target.open && event.target.querySelector("img[data-src]:not([src])");
    if (!image) return;
    image.addEventListener("error", () => image.replaceWith(make("p", { class: "wj-facts" }, W.no_picture)));
    image.src = image.dataset.src;
  }
  function closeSource() {
    const place = $("wj-source");
    place.classList.remove("wj-open-panel");
    if (opener && opener.isConnected && place.contains(document.activeElement)) opener.focus();
    place.replaceChildren();
    opener = null;
  }

  // Articles ---------------------------------------------------------------------------------
  const MOST_BYTES = 20 * 1024 * 1024; // as in guard.py, to say no before anything is sent
  const fill = (words, values) => words.replace(/\{(\w+)\}/g, (all, name) => values[name] ?? all);
  let search = "";
  let pageNumber = 0;
  let watched = -1; // the number of the last ingest whose end was shown

  async function list() {
    const place = $("wj-list");
    try {
      place.innerHTML = await call("page_articles", search, pageNumber);
    } catch {
      place.replaceChildren(failure());
    }
  }
  const tell = (words, bad = false) => {
    const said = make("p", { class: bad ? "wj-error" : "wj-done", role: bad ? "alert" : "status" }, words);
    $("wj-job").replaceChildren(said);
    $("wj-say").textContent = words;
  };
  async function edit(name, ...data) {
    try {
      const done = await call(name, ...data);
      if (done.error) tell(done.error, true);
      else follow();
      return !done.error;
    } catch (error) {
      tell(error.message === "413" ? fill(W.too_large, { most: 20 }) : W.offline, true);
      return false;
    }
  }
  let following = false;
  async function follow() {
    if (following) return;
    following = true;
    try {
      for (;;) {
        const job = await call("page_job");
        if (!job.running) {
          if (job.number !== watched && job.number) {
            watched = job.number;
            tell(job.message, job.failed);
            if ($("wj-list")) await list();
            if (!$("wj-start").hidden) start();
          }
          return;
        }
        const bar = $("wj-bar") || make("progress", { id: "wj-bar", "aria-label": W.stage_ });
        if (job.total) { bar.max = job.total; bar.value = job.done; } else bar.removeAttribute("value");
        if (!bar.isConnected) $("wj-job").replaceChildren(make("span", { class: "wj-stage" }), bar);
        $("wj-job").firstChild.textContent = fill(W[`stage_${job.stage}`] || W.stage_, job);
        await new Promise((then) => setTimeout(then, 250));
      }
    } catch {
      tell(W.offline, true);
    } finally {
      following = false;
    }
  }
  const base64 = (bytes) => new Promise((then, fail) => {
    const reader = new FileReader();
    reader.onload = () => then(reader.result.slice(reader.result.indexOf(",") + 1));
    reader.onerror = () => fail(reader.error);
    reader.readAsDataURL(new Blob([bytes]));
  });
  async function send(name, bytes) {
    if (bytes.size > MOST_BYTES) return tell(fill(W.too_large, { most: 20 }), true);
    tell(fill(W.adding, { name }));
    return edit("page_add", name, await base64(bytes));
  }
  async function addFiles(field) {
    for (const file of [...field.files]) await send(file.name, file);
    field.value = "";
  }
  async function paste() {
    const title = $("wj-title").value.trim();
    const words = $("wj-text").value.trim();
    if (!title || !words) return tell(W.add_need, true);
    const done = await send(`${title.replace(/[/\\]/g, "_")}.txt`, new Blob([`${title}\n\n${words}\n`]));
    if (done) { $("wj-title").value = ""; $("wj-text").value = ""; }
  }
  async function articles() {
    const place = $("wj-articles");
    try {
      place.innerHTML = await call("page_forms");
      let waiting;
      $("wj-search").addEventListener("input", (event) => {
        clearTimeout(waiting);
        waiting = setTimeout(() => { search = event.target.value; pageNumber = 0; list(); }, 200);
      });
      const file = $("wj-file");
      if (file) file.addEventListener("change", () => addFiles(file));
      await list();
      follow();
    } catch {
      place.replaceChildren(failure());
    }
  }
  async function remove(button) {
    const title = button.closest("tr").querySelector("bdi").textContent;
    if (confirm(fill(W.remove_sure, { title }))) await edit("page_remove", button.dataset.path);
  }
  async function putBack(button) {
    button.disabled = true;
    const done = await edit("page_put_back", button.dataset.path, Number(button.dataset.line));
    if (done) button.textContent = W.kept_line;
    else { button.disabled = false; button.textContent = $("wj-job").textContent; }
  }

  async function copy(button) {
    const said = button.textContent;
    let words = W.copied;
    try {
      await navigator.clipboard.writeText(button.dataset.text);
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
    else if ((found = at(".wj-turn"))) { pageNumber = Number(found.dataset.page); list(); }
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
    call("page_job").then((job) => { watched = job.number; if (job.running) follow(); }, () => {});
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
    } catch {
      $(id).replaceChildren(failure());
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
})();
