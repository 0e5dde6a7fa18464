// xterm writes <style> elements and style attributes, which our content policy refuses. While it is bundled, the four
// places are led to constructed sheets and to the object model instead; a version that has others breaks the build.
import { readFile } from "node:fs/promises";
import path from "node:path";

const CHANGES = [
  ['this._document.createElement("style")', "sheetElement()", 2],
  ['n.mainDocument.createElement("style")', "sheetElement()", 1],
  ['t.setAttribute("style",`${t.getAttribute("style")||""}${e};`)', "t.style.cssText+=`;${e}`", 1],
];

export const quietTerminal = {
  name: "quiet-terminal",
  setup(build) {
    build.onLoad({ filter: /@xterm\/xterm\/lib\/xterm\.mjs$/ }, async ({ path: file }) => {
      let contents = await readFile(file, "utf8");
      for (const [from, to, times] of CHANGES) {
        const parts = contents.split(from);
        if (parts.length !== times + 1) throw new Error(`xterm has ${parts.length - 1} of ${from}, not ${times}: look at it and change quiet.mjs`);
        contents = parts.join(to);
      }
      const sheets = path.resolve("src/work/sheets.js");
      return { contents: `import { sheetElement } from ${JSON.stringify(sheets)};\n${contents}`, resolveDir: path.dirname(file) };
    });
  },
};
