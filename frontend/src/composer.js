// <desk-composer>: one form, two faces. A reply goes to the customer; a note never leaves the house and looks it.
// Text is kept by itself as a draft of its kind; leaving with text not yet kept asks first.
import { post } from "./page.js";
import { word } from "./words.js";

class Composer extends HTMLElement {
  connectedCallback() {
    this.form = this.querySelector("form");
    this.text = this.querySelector("textarea");
    if (!this.form || !this.text) return;
    this.texts = { reply: this.dataset.replyDraft ?? this.text.value, note: this.dataset.noteDraft ?? "" };
    this.kept = { ...this.texts };
    this.querySelectorAll('input[name="kind"]').forEach((radio) => radio.addEventListener("change", () => this.turn(radio.value)));
    this.text.addEventListener("input", () => this.typed());
    this.text.addEventListener("blur", (event) => this.form.contains(event.relatedTarget) || this.keep());
    this.form.addEventListener("submit", (event) => this.leave(event));
    this.listener = (event) => this.unkept() && event.preventDefault();
    window.addEventListener("beforeunload", this.listener);
    document.addEventListener("click", (this.clicked = (event) => this.asked(event)));
    if (this.kind in this.texts) this.text.value = this.texts[this.kind];
    this.grow();
    this.paint();
  }
  disconnectedCallback() {
    window.removeEventListener("beforeunload", this.listener);
    document.removeEventListener("click", this.clicked);
  }
  get kind() {
    return this.querySelector('input[name="kind"]:checked')?.value ?? "reply";
  }
  asked(event) {
    const wanted = event.target.closest("[data-compose]")?.dataset.compose;
    if (!wanted || event.target.matches("input")) return;
    event.preventDefault(); // else the label would take the focus to its radio
    const radio = this.querySelector(`input[name="kind"][value="${wanted}"]`);
    if (radio && !radio.disabled) {
      radio.checked = true;
      this.turn(wanted);
    }
    if (wanted === "reply") this.quote();
    this.text.focus();
  }
  quote() {
    const chosen = getSelection();
    const said = chosen?.toString().trim();
    if (!said || this.kind !== "reply" || !chosen.anchorNode?.parentElement?.closest(".message")) return;
    this.text.value = `${said.split("\n").map((line) => `> ${line}`).join("\n")}\n\n${this.text.value}`;
    this.typed();
  }
  turn(kind) {
    this.keep();
    this.text.value = this.texts[kind];
    this.paint();
    this.grow();
    this.text.focus();
  }
  paint() {
    this.classList.toggle("is-note", this.kind === "note");
    for (const element of this.querySelectorAll("[data-for]")) element.hidden = element.dataset.for !== this.kind;
    const label = this.querySelector(`[data-for="${this.kind}"][data-label]`)?.textContent;
    if (label) this.text.setAttribute("aria-label", label);
  }
  typed() {
    this.texts[this.kind] = this.text.value;
    this.grow();
    this.dispatchEvent(new CustomEvent("opora:typing", { bubbles: true, detail: this.kind }));
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.keep(), 900);
  }
  grow() {
    if (!CSS.supports("field-sizing", "content")) this.text.rows = Math.min(14, Math.max(3, this.text.value.split("\n").length + 1));
  }
  unkept() {
    return !this.sending && Object.keys(this.texts).some((kind) => this.texts[kind] !== this.kept[kind]);
  }
  async keep() {
    clearTimeout(this.timer);
    const address = this.dataset.draftUrl;
    const kind = this.kind;
    const text = this.texts[kind];
    if (!address || this.sending || text === this.kept[kind]) return;
    const say = this.querySelector("[data-draft-say]");
    this.keeping = post(address, { kind, text }, { keepalive: true });
    try {
      const answer = await this.keeping;
      if (!answer.ok) throw new Error(String(answer.status));
      this.kept[kind] = text;
      if (say) say.textContent = text ? word("draftKept") : "";
    } catch {
      if (say) say.textContent = word("draftNotKept");
    } finally {
      this.keeping = null;
    }
  }
  // A draft still on its way must not come in after the words were sent: it would rise again as a second one.
  leave(event) {
    clearTimeout(this.timer);
    this.sending = true;
    if (this.going) event.preventDefault();
    if (!this.keeping || this.going) return;
    event.preventDefault();
    const go = () => {
      this.going = false;
      this.form.requestSubmit(event.submitter);
    };
    this.going = true;
    this.keeping.then(go, go);
  }
}
customElements.define("desk-composer", Composer);
