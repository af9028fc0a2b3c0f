import { $, W, call, failure, make } from "./base.js";

// The article beside the answer ---------------------------------------------------------
let opener = null; // where the focus returns when the panel closes
let wanted = 0; // the newest request wins
export async function openSource(button) {
  const mine = ++wanted;
  opener = button;
  const place = $("wj-source");
  place.classList.add("wj-open-panel");
  place.setAttribute("aria-busy", "true");
  place.replaceChildren(make("p", { class: "wj-busy", role: "status" }, W.busy));
  const { path, start, end, marks } = button.dataset;
  try {
    const html = await call("page_source", path, Number(start), Number(end), marks || "");
    if (mine !== wanted) return;
    place.innerHTML = html;
  } catch (error) {
    if (mine !== wanted) return;
    place.replaceChildren(failure(error));
  }
  place.removeAttribute("aria-busy");
  const body = place.querySelector(".wj-text");
  const hit = place.querySelector(".wj-hit mark, .wj-hit");
  if (hit && body) toLine(hit, body);
  const panel = place.querySelector(".wj-panel");
  if (panel) panel.focus({ preventScroll: true });
}
export function toLine(line, body) {
  // On a telephone the whole panel scrolls, elsewhere the text in it.
  const scroller = body.scrollHeight > body.clientHeight + 1 ? body : $("wj-source");
  scroller.scrollTop += line.getBoundingClientRect().top - scroller.getBoundingClientRect().top - scroller.clientHeight / 3;
}
// The picture of a PDF page is drawn when somebody wants to see it.
export function showPicture(event) {
  const image = event.target.open && event.target.querySelector("img[data-src]:not([src])");
  if (!image) return;
  image.addEventListener("error", () => image.replaceWith(make("p", { class: "wj-facts" }, W.no_picture)));
  image.src = image.dataset.src;
}
export function closeSource() {
  wanted++;
  const place = $("wj-source");
  place.classList.remove("wj-open-panel");
  if (opener && opener.isConnected && place.contains(document.activeElement)) opener.focus();
  place.replaceChildren();
  opener = null;
}
