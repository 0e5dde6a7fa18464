// The shift lead's board: work is moved by drag or by the menu of each card; what changes elsewhere comes in without a jump.
//   [data-board="address of the lanes"][data-board-move="address to post {ticket, to} to"]
import { post } from "./page.js";
import { toast } from "./toasts.js";

const board = document.querySelector("[data-board]");
let dragged = null;
let again;

if (board) {
  board.addEventListener("dragstart", (event) => {
    dragged = event.target.closest("[data-card]");
    if (!dragged) return;
    event.dataTransfer.effectAllowed = "move";
    event.dataTransfer.setData("text/plain", dragged.dataset.card);
    dragged.classList.add("dragged");
  });
  board.addEventListener("dragend", () => {
    dragged?.classList.remove("dragged");
    dragged = null;
    for (const lane of board.querySelectorAll(".lane.over")) lane.classList.remove("over");
  });
  board.addEventListener("dragover", (event) => {
    const lane = event.target.closest("[data-lane]");
    if (!dragged || !lane) return;
    event.preventDefault();
    for (const one of board.querySelectorAll(".lane.over")) if (one !== lane) one.classList.remove("over");
    lane.classList.add("over");
  });
  board.addEventListener("drop", (event) => {
    const lane = event.target.closest("[data-lane]");
    if (!dragged || !lane) return;
    event.preventDefault();
    const card = dragged;
    if (card.closest("[data-lane]") !== lane) move(card, lane.dataset.lane);
  });
  // The menu of a card does the same without leaving the page; without scripts it is an ordinary form.
  board.addEventListener("submit", (event) => {
    const card = event.target.closest("[data-card]");
    if (!card || !event.submitter) return;
    event.preventDefault();
    event.target.closest("details").open = false;
    move(card, event.submitter.value);
  });
  // m opens the menu of the card that has the focus.
  board.addEventListener("keydown", (event) => {
    const card = event.target.closest("[data-card]");
    if (!card || !["m", "ь"].includes(event.key.toLowerCase()) || event.ctrlKey || event.metaKey || document.body.dataset.keys === "off") return;
    const menu = card.querySelector("details.menu");
    menu.open = true;
    menu.querySelector(".menu-item")?.focus();
    event.preventDefault();
    event.stopPropagation();
  });
  document.addEventListener("opora:changed", () => {
    clearTimeout(again);
    again = setTimeout(refresh, 150);
  });
}

async function move(card, to) {
  const answer = await post(board.dataset.boardMove, { ticket: card.dataset.card, to });
  const told = await answer.json().catch(() => ({}));
  await refresh();
  document.querySelector(`[data-card="${card.dataset.card}"] [data-card-link]`)?.focus({ preventScroll: true });
  if (told.refused) toast(told.refused, "late");
  else document.querySelector("[data-board-says]").textContent = told.said ?? "";
}

async function refresh() {
  const answer = await fetch(board.dataset.board, { headers: { "X-Requested-With": "fetch" } });
  if (!answer.ok || answer.redirected || dragged) return;
  const made = new DOMParser().parseFromString(`<body>${await answer.text()}</body>`, "text/html").body;
  const old = board.querySelector("[data-board-figures]");
  old.replaceChildren(...taken(made.querySelector("[data-board-figures]")));
  for (const lane of made.querySelectorAll("[data-lane]")) merge(lane);
}

const taken = (from) => [...from.childNodes].map((node) => document.importNode(node, true));

function merge(made) {
  const lane = board.querySelector(`[data-lane="${made.dataset.lane}"]`);
  if (!lane) return board.querySelector(".board").append(document.importNode(made, true));
  lane.className = made.className;
  lane.querySelector("[data-lane-head]").replaceChildren(...taken(made.querySelector("[data-lane-head]")));
  const list = lane.querySelector("[data-lane-cards]");
  const wanted = [...made.querySelectorAll("[data-card]")];
  const keys = new Set(wanted.map((card) => card.dataset.card));
  for (const card of [...list.children]) if (!keys.has(card.dataset.card)) card.remove();
  wanted.forEach((fresh, at) => {
    let card = board.querySelector(`[data-card="${fresh.dataset.card}"]`);
    const busy = card?.contains(document.activeElement) && card.closest("[data-lane]") === lane;
    if (!card || (!busy && card.outerHTML !== fresh.outerHTML)) {
      const next = document.importNode(fresh, true);
      card?.remove();
      card = next;
    }
    if (list.children[at] !== card) list.insertBefore(card, list.children[at] ?? null);
  });
  return undefined;
}
