// What all parts of the page's script share: its words, elements, and calls to the server.
export const W = window.wenjuWords;
export const $ = (id) => document.getElementById(id);
export const make = (name, attributes = {}, text = "") => {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  element.textContent = text;
  return element;
};

export async function call(name, ...data) {
  const answer = await fetch(`/gradio_api/run/${name}`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ data }),
  });
  if (!answer.ok) throw new Error(String(answer.status));
  return (await answer.json()).data[0];
}

// What to tell when a call fails: the server is gone, or it stumbled.
export const failed = (error) => (/^\d+$/.test(error.message) ? fill(W.stumbled, { status: error.message }) : W.offline);
export const failure = (error) => make("p", { class: "wj-error", role: "alert" }, failed(error));
export const fill = (words, values) => words.replace(/\{(\w+)\}/g, (all, name) => values[name] ?? all);
