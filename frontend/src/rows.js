// Rows of a form that grow and shrink, and a form that says by itself what it would make.
//   [data-puts-in]           puts the content of the <template> before it into the [data-rows] beside it
//   [data-takes-out]         takes its [data-row] out
//   form[data-checks="…"]    is sent there while it is typed; the answer goes into its [data-checked]
const WAIT = 350;
let timer;
let asking;

document.addEventListener("click", (event) => {
  const adder = event.target.closest("[data-puts-in]");
  if (adder) {
    const place = adder.parentElement;
    const made = document.importNode(place.querySelector("template").content, true);
    const first = made.querySelector("input");
    place.querySelector("[data-rows]").append(made);
    first?.focus();
  }
  const taker = event.target.closest("[data-takes-out]");
  if (!taker) return;
  const row = taker.closest("[data-row]");
  const form = row.closest("form");
  const next = row.parentElement.parentElement.querySelector("[data-puts-in]");
  row.remove();
  next?.focus();
  later(form);
});
document.addEventListener("input", (event) => later(event.target.form));

function later(form) {
  if (!form?.dataset.checks) return;
  clearTimeout(timer);
  timer = setTimeout(() => check(form), WAIT);
}

async function check(form) {
  asking?.abort();
  asking = new AbortController();
  try {
    const answer = await fetch(form.dataset.checks, { method: "POST", body: new FormData(form), headers: { "X-Requested-With": "fetch" }, signal: asking.signal });
    if (!answer.ok || answer.redirected) return;
    const body = new DOMParser().parseFromString(`<body>${await answer.text()}</body>`, "text/html").body;
    form.querySelector("[data-checked]").replaceChildren(...body.childNodes);
  } catch (problem) {
    if (problem.name !== "AbortError") throw problem;
  }
}
