// Asks the browser to make or to use a passkey. Works on the button [data-passkey]; says in words when it cannot.
const button = document.querySelector("[data-passkey]");
const says = document.querySelector("[data-passkey-says]");
const csrf = document.querySelector('meta[name="csrf"]')?.content ?? "";

if (button && window.PublicKeyCredential?.parseRequestOptionsFromJSON) {
  button.hidden = false;
  button.addEventListener("click", () => ask().catch((problem) => tell(problem.name === "Told" ? problem.message : button.dataset.failed)));
} else if (button && says) {
  tell(button.dataset.missing);
}

async function ask() {
  button.disabled = true;
  try {
    const options = await post(button.dataset.options, {});
    const making = button.dataset.passkey === "make";
    const credential = making
      ? await navigator.credentials.create({ publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(options.publicKey) })
      : await navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(options.publicKey) });
    const answer = credential.toJSON();
    if (making) answer.name = document.querySelector("#passkey-name")?.value ?? "";
    const done = await post(button.dataset.answer, answer);
    location.assign(done.next);
  } finally {
    button.disabled = false;
  }
}

async function post(address, content) {
  const answer = await fetch(address, {
    method: "POST",
    headers: { "Content-Type": "application/json", "X-CSRFToken": csrf, Accept: "application/json" },
    body: JSON.stringify(content),
  });
  const said = await answer.json().catch(() => ({}));
  if (!answer.ok) throw Object.assign(new Error(said.message ?? button.dataset.failed), { name: "Told" });
  return said;
}

function tell(words) {
  says.textContent = words;
  says.hidden = false;
}
