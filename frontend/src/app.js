// What every page loads. Each module looks for its own marks in the page and stays quiet when there are none.
import "htmx.org/dist/htmx.esm.js";
import "./moments.js";
import "./requests.js";
import "./toasts.js";
import "./menus.js";
import "./keys.js";
import "./palette.js";
import "./composer.js";
import "./files.js";
import "./keeps.js";
import "./live.js";
import "./calls.js";
import "./presence.js";
import "./lists.js";
import "./board.js";
import "./rows.js";

// Tests (and nobody else) wait for this before they press keys.
document.documentElement.dataset.ready = "yes";
