// Watched work: loaded only by the pages that show a terminal (docs/pages.md). xterm comes along here and nowhere else.
import "./work/live.js";
import "./work/terminal.js";
import "./work/replay.js";

document.documentElement.dataset.work = "ready";
