// A form marked data-keeps="who" holds its words in this tab until the server has taken them: a session that ran out, a
// broken connection or a closed lid costs nothing. The server says "taken" by the fragment it leads to (#sent, #answered).
const PREFIX = "opora:words:";
const FIELDS = 'textarea[name], input[type="text"][name]';
const place = (who, path) => `${PREFIX}${who}:${path}`;

function held(key) {
  try {
    return JSON.parse(sessionStorage.getItem(key)) ?? {};
  } catch {
    return {};
  }
}

function taken(who) {
  if (location.hash === "#answered") sessionStorage.removeItem(place(who, location.pathname));
  if (location.hash === "#sent") sessionStorage.removeItem(place(who, "/requests/new"));
}

const form = document.querySelector("form[data-keeps]");
const who = form?.dataset.keeps ?? document.body.dataset.reader;
if (who) taken(who);
if (form) {
  const key = place(who, form.dataset.keepsAs ?? location.pathname);
  const words = held(key);
  for (const field of form.querySelectorAll(FIELDS)) {
    if (!field.value && words[field.name]) field.value = words[field.name];
    field.addEventListener("input", () => {
      words[field.name] = field.value;
      sessionStorage.setItem(key, JSON.stringify(words));
    });
  }
}
