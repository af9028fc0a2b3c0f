import { $, W, call, failed, failure, fill, make } from "./base.js";

// Articles ---------------------------------------------------------------------------------
const MOST_BYTES = 20 * 1024 * 1024; // as in guard.py, to say no before anything is sent
let search = "";
let pageNumber = 0;
let watched = -1; // the number of the last ingest whose end was shown
let onChange = () => {}; // told when the index has changed

export async function list() {
  const place = $("wj-list");
  try {
    place.innerHTML = await call("page_articles", search, pageNumber);
  } catch (error) {
    place.replaceChildren(failure(error));
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
    tell(error.message === "413" ? fill(W.too_large, { most: 20 }) : failed(error), true);
    return false;
  }
}
let following = false;
export async function follow() {
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
          onChange();
        }
        return;
      }
      const bar = $("wj-bar") || make("progress", { id: "wj-bar", "aria-label": W.stage_ });
      if (job.total) { bar.max = job.total; bar.value = job.done; } else bar.removeAttribute("value");
      if (!bar.isConnected) $("wj-job").replaceChildren(make("span", { class: "wj-stage" }), bar);
      $("wj-job").firstChild.textContent = fill(W[`stage_${job.stage}`] || W.stage_, job);
      await new Promise((then) => setTimeout(then, 250));
    }
  } catch (error) {
    tell(failed(error), true);
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
export async function paste() {
  const title = $("wj-title").value.trim();
  const words = $("wj-text").value.trim();
  if (!title || !words) return tell(W.add_need, true);
  const done = await send(`${title.replace(/[/\\]/g, "_")}.txt`, new Blob([`${title}\n\n${words}\n`]));
  if (done) { $("wj-title").value = ""; $("wj-text").value = ""; }
}
export async function articles() {
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
  } catch (error) {
    place.replaceChildren(failure(error));
  }
}
export async function remove(button) {
  const title = button.closest("tr").querySelector("bdi").textContent;
  if (confirm(fill(W.remove_sure, { title }))) await edit("page_remove", button.dataset.path);
}
export async function putBack(button) {
  button.disabled = true;
  const done = await edit("page_put_back", button.dataset.path, Number(button.dataset.line));
  if (done) button.textContent = W.kept_line;
  else { button.disabled = false; button.textContent = $("wj-job").textContent; }
}

// Follow an ingest that runs already, and every later one; `changed` is called when the index has changed.
export async function watchJob(changed) {
  onChange = changed;
  try {
    const job = await call("page_job");
    watched = job.number;
    if (job.running) follow();
  } catch {} // the server is gone: the next question will say so
}
export function turn(page) {
  pageNumber = page;
  list();
}
