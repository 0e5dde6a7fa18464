// <file-drop>: a file field that also takes drops and pasted pictures, shows what was chosen and lets it go again.
// Without this module it is an ordinary file field.
import { icon, make } from "./page.js";
import { toast } from "./toasts.js";
import { word } from "./words.js";

const LARGEST = 25 * 1024 * 1024;
const TOGETHER = 30 * 1024 * 1024;

class FileDrop extends HTMLElement {
  connectedCallback() {
    this.field = this.querySelector('input[type="file"]');
    this.shown = this.querySelector(".files") ?? this.appendChild(make("div", { class: "files" }));
    this.form = this.closest("form");
    this.zone = this.closest("desk-composer") ?? this.form ?? this;
    this.held = new DataTransfer();
    this.field.addEventListener("change", () => this.add(this.field.files));
    this.zone.addEventListener("dragover", (event) => this.over(event));
    this.zone.addEventListener("dragleave", () => this.zone.classList.remove("over"));
    this.zone.addEventListener("drop", (event) => this.dropped(event));
    this.zone.addEventListener("paste", (event) => this.pasted(event));
  }
  over(event) {
    if (![...event.dataTransfer.types].includes("Files")) return;
    event.preventDefault();
    this.zone.classList.add("over");
  }
  dropped(event) {
    this.zone.classList.remove("over");
    if (!event.dataTransfer.files.length) return;
    event.preventDefault();
    this.add(event.dataTransfer.files);
  }
  pasted(event) {
    const files = [...event.clipboardData.files];
    if (!files.length) return;
    event.preventDefault();
    this.add(files);
  }
  add(files) {
    for (const file of files) {
      const together = [...this.held.files].reduce((sum, one) => sum + one.size, file.size);
      if (file.size > LARGEST) toast(`${file.name} ${word("fileTooLarge")}`, "late");
      else if (together > TOGETHER) toast(`${file.name} ${word("filesTooLarge")}`, "late");
      else this.held.items.add(file);
    }
    this.show();
  }
  show() {
    this.field.files = this.held.files;
    this.shown.replaceChildren(...[...this.held.files].map((file, at) => this.chip(file, at)));
  }
  chip(file, at) {
    const picture = /^image\/(png|jpeg|gif|webp)$/.test(file.type) ? make("img", { alt: "", src: URL.createObjectURL(file) }) : icon("file");
    const remove = make("button", { type: "button", "aria-label": `${word("remove")} ${file.name}` }, icon("x"));
    remove.addEventListener("click", () => {
      this.held.items.remove(at);
      this.show();
    });
    return make("span", { class: "file" }, picture, make("span", { class: "cut" }, file.name), remove);
  }
}
customElements.define("file-drop", FileDrop);
