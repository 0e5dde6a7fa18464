// The terminal itself: xterm under the strict content policy, in our colours, deaf to whatever a host might send against its viewer.
import { Terminal } from "@xterm/xterm";
import { word } from "./words.js";

// Both palettes keep 4.5:1 against their ground for everything a program writes in (xterm lifts the rest).
const PALETTES = {
  light: {
    foreground: "#1b1b22", background: "#ffffff", cursor: "#4a55c7", cursorAccent: "#ffffff", selectionBackground: "#c9cdf5",
    black: "#1b1b22", red: "#b3212f", green: "#17693b", yellow: "#7a4c00", blue: "#1d5a9e", magenta: "#6a3bb0", cyan: "#0b6470", white: "#5b5b67",
    brightBlack: "#62626f", brightRed: "#c02734", brightGreen: "#1d7443", brightYellow: "#8a4b00", brightBlue: "#2563b0", brightMagenta: "#7a45c4", brightCyan: "#0e6b78", brightWhite: "#3a3a45",
  },
  dark: {
    foreground: "#ececf1", background: "#0c0d10", cursor: "#8f9bff", cursorAccent: "#0c0d10", selectionBackground: "#39406b",
    black: "#7f8190", red: "#ff8f98", green: "#6fd39b", yellow: "#f0d283", blue: "#86bcf5", magenta: "#c3a3f7", cyan: "#7ad6e0", white: "#d6d6de",
    brightBlack: "#9799a6", brightRed: "#ffa9b0", brightGreen: "#8fe3b3", brightYellow: "#f8e0a0", brightBlue: "#a8cffa", brightMagenta: "#d6c0fa", brightCyan: "#9be4ec", brightWhite: "#ffffff",
  },
};
const DEAF_TO = [0, 1, 2, 4, 5, 8, 9, 10, 11, 12, 13, 17, 19, 22, 50, 52, 104, 105, 110, 111, 112, 777, 1337];
const MOST_WAITING = 1 << 20;
const FONT = 'ui-monospace, "SF Mono", "Cascadia Mono", "JetBrains Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace';
export const clamp = (value, least, most) => Math.min(Math.max(Math.floor(value) || least, least), most);

const dark = matchMedia("(prefers-color-scheme: dark)");
export const palette = () => {
  const chosen = document.documentElement.dataset.theme;
  return PALETTES[chosen === "dark" || (chosen !== "light" && dark.matches) ? "dark" : "light"];
};

// One terminal. `typing` false: nothing that happens in it goes anywhere.
export class Screen {
  constructor(holder, { typing = false, cols = 80, rows = 24 } = {}) {
    Terminal.strings.promptLabel = word(typing ? "terminalInput" : "terminalShown");
    this.holder = holder;
    this.fixed = !typing;
    this.waiting = [];
    this.held = 0;
    this.pending = 0;
    this.acting = false;
    this.lines = null;
    this.terminal = new Terminal({
      disableStdin: !typing, cols, rows, theme: palette(), fontFamily: FONT, fontSize: 14, lineHeight: 1.15,
      scrollback: 5000, minimumContrastRatio: 4.5, allowProposedApi: true, cursorBlink: false, linkHandler: { activate: () => undefined }, logLevel: "off",
    });
    for (const code of DEAF_TO) this.terminal.parser.registerOscHandler(code, () => true);
    this.terminal.open(holder);
    if (!typing) {
      this.terminal.textarea.tabIndex = -1;
      this.terminal.attachCustomKeyEventHandler(() => false);
      this.fit();
    }
    this.terminal.onLineFeed(() => this.tellLine());
    this.recolour = () => (this.terminal.options.theme = palette());
    dark.addEventListener("change", this.recolour);
    this.watching = new MutationObserver(this.recolour);
    this.watching.observe(document.documentElement, { attributeFilter: ["data-theme"] });
  }

  close() {
    dark.removeEventListener("change", this.recolour);
    this.watching.disconnect();
    this.terminal.dispose();
  }

  // Writes in order; hands xterm no more than it can hold, so that nothing is thrown away in a flood.
  write(bytes) {
    this.held += bytes.length;
    this.do(bytes);
  }

  // The size is the engineer's. A change takes its place among the output, as it had it there.
  resize(cols, rows) {
    this.do(() => {
      this.terminal.resize(clamp(cols, 2, 1000), clamp(rows, 2, 1000));
      this.fit();
    });
  }

  // Bytes are shown, acts are done, each in its turn.
  do(what) {
    this.waiting.push(what);
    this.pour();
  }

  // When all that was given so far is shown.
  taken() {
    return new Promise((done) => this.do(done));
  }

  pour() {
    while (this.waiting.length && this.pending < MOST_WAITING && !this.acting) {
      const what = this.waiting.shift();
      if (typeof what === "function") this.act(what);
      else this.show(what);
    }
  }

  show(bytes) {
    this.pending += bytes.length;
    this.terminal.write(bytes, () => {
      this.pending -= bytes.length;
      this.held -= bytes.length;
      if (this.waiting.length) this.pour();
    });
  }

  act(what) {
    this.acting = true;
    this.terminal.write("", () => {
      what();
      this.acting = false;
      this.pour();
    });
  }

  // As large as the place allows, for the engineer's columns; never smaller than can be read.
  fit() {
    if (!this.fixed) return;
    const cell = this.terminal.element?.querySelector(".xterm-screen")?.clientWidth / this.terminal.cols;
    if (!cell || !this.holder.clientWidth) return;
    const { options, cols } = this.terminal;
    options.fontSize = clamp((this.holder.clientWidth - 18) / cols / (cell / options.fontSize), 7, 15);
  }

  // Every line the host ends, as text, for those who hear the page: `tell(line)`, or null for silence.
  speak(tell) {
    this.lines = tell;
  }

  tellLine() {
    if (!this.lines) return;
    const { active } = this.terminal.buffer;
    const line = active.getLine(active.baseY + active.cursorY - 1)?.translateToString(true);
    if (line) this.lines(line);
  }
}
