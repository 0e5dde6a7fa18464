// Builds what pages load: one script, one sheet, another of each for pages with a terminal, the icons and the letters, each named by its content.
// The result is committed. Two builds of the same sources are byte-identical; a test rebuilds and compares.
// Usage: node build.mjs [target folder]
import { createHash } from "node:crypto";
import { mkdir, readFile, readdir, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { ICONS } from "./icons.mjs";
import { quietTerminal } from "./quiet.mjs";

const here = path.dirname(fileURLToPath(import.meta.url));
const target = path.resolve(process.argv[2] ?? path.join(here, "../opora/desk/web/components/static/dist"));
const LICENCES = [
  ["htmx.org", "node_modules/htmx.org/LICENSE"],
  ["Inter (@fontsource-variable/inter)", "node_modules/@fontsource-variable/inter/LICENSE"],
  ["xterm.js (@xterm/xterm, @xterm/addon-serialize)", "node_modules/@xterm/xterm/LICENSE"],
  ["xterm.js fit (@xterm/addon-fit)", "node_modules/@xterm/addon-fit/LICENSE"],
  ["Tabler Icons (@tabler/icons)", "node_modules/@tabler/icons/LICENSE"],
];

process.chdir(here);
const result = await build({
  absWorkingDir: here,
  entryPoints: [
    { in: "src/app.js", out: "app" },
    { in: "styles/app.css", out: "app" },
    { in: "src/work.js", out: "work" },
    { in: "styles/work.css", out: "work" },
  ],
  bundle: true,
  plugins: [quietTerminal],
  minify: true,
  format: "esm",
  target: ["es2022", "chrome123", "firefox121", "safari17.5"],
  charset: "utf8",
  legalComments: "none",
  loader: { ".woff2": "file" },
  entryNames: "[name].[hash]",
  assetNames: "[name].[hash]",
  outdir: target,
  metafile: true,
  logLevel: "warning",
  write: false,
});

// Only now, so that a build that fails leaves the last one as it was.
await rm(target, { recursive: true, force: true });
await mkdir(target, { recursive: true });
for (const made of result.outputFiles) {
  await writeFile(made.path, made.contents);
}

const manifest = {};
for (const [file, made] of Object.entries(result.metafile.outputs)) {
  const name = path.basename(file);
  const from = made.entryPoint ?? Object.keys(made.inputs)[0];
  manifest[path.basename(from)] = name;
}
manifest["icons.svg"] = await keep("icons", await sprite());
manifest["mark.svg"] = await keep("mark", await readFile("mark.svg", "utf8"));
const sorted = Object.fromEntries(Object.entries(manifest).sort(([a], [b]) => (a < b ? -1 : 1)));
await writeFile(path.join(target, "manifest.json"), JSON.stringify(sorted, null, 2) + "\n");
await writeFile(path.join(target, "LICENCES.txt"), await licences());
console.log(`${(await readdir(target)).length} files in ${path.relative(process.cwd(), target) || "."}`);

async function sprite() {
  const parts = [];
  const own = (await readdir("drawn")).map((file) => path.basename(file, ".svg"));
  for (const name of [...new Set([...ICONS, ...own])].sort()) {
    const text = await readFile(own.includes(name) ? `drawn/${name}.svg` : `node_modules/@tabler/icons/icons/outline/${name}.svg`, "utf8");
    const inner = text
      .replace(/^[\s\S]*?<svg[\s\S]*?>/, "")
      .replace(/<\/svg>[\s\S]*$/, "")
      .replace(/<path stroke="none"[^>]*\/>/, "")
      .replace(/\s+/g, " ")
      .trim();
    parts.push(
      `<symbol id="${name}" viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="1.75" ` +
        `stroke-linecap="round" stroke-linejoin="round">${inner}</symbol>`,
    );
  }
  return `<svg xmlns="http://www.w3.org/2000/svg">\n${parts.join("\n")}\n</svg>\n`;
}

async function keep(stem, svg) {
  const name = `${stem}.${createHash("sha256").update(svg).digest("hex").slice(0, 8).toUpperCase()}.svg`;
  await writeFile(path.join(target, name), svg);
  return name;
}

async function licences() {
  const texts = [];
  for (const [name, file] of LICENCES) texts.push(`${name}\n${"=".repeat(name.length)}\n\n${(await readFile(file, "utf8")).trim()}\n`);
  return texts.join("\n\n");
}
