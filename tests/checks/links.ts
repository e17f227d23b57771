import { dirname, join } from "node:path/posix";
import { type Check, ROOT } from "./check.ts";
import { projectFiles } from "./project_files.ts";

/** Tell of the past, whose paths may be gone. */
const HISTORY = ["docs/CHANGELOG.md", "docs/log.md"];
const CODE_BLOCK = /^[ \t]*(`{3,})[^\n]*\n[\s\S]*?^[ \t]*\1/gm;

/** Documents lead to what is there: files, headings, paths in `lib/`, `tests/` and the like. */
export const links: Check = {
  name: "links",
  description: "Links and paths in documents lead to files, the README to every guide",
  run: async () => {
    const documents = new Map<string, string>();
    for (const file of await projectFiles("", ".md")) {
      documents.set(file, (await Deno.readTextFile(ROOT + file)).replace(CODE_BLOCK, ""));
    }
    const wrong: string[] = [];
    for (const [file, text] of documents) {
      for (const [, target] of text.matchAll(/\]\(([^)\s]+)\)/g)) {
        if (/^[a-z]+:/.test(target)) continue;
        const [path, anchor] = target.split("#");
        const linked = path === "" ? file : join(dirname(file), path);
        const exists = documents.has(linked) || await isThere(linked);
        if (!exists) wrong.push(`${file}: ${target} is not there`);
        const headings = anchor === undefined ? undefined : documents.get(linked);
        if (headings !== undefined && !anchors(headings).has(anchor)) {
          wrong.push(`${file}: ${linked} has no heading #${anchor}`);
        }
      }
      const sections = [...text.matchAll(/^## +(.*)$/gm)].map(([, heading]) => heading);
      for (const heading of new Set(sections.filter((name, i) => sections.indexOf(name) < i))) {
        wrong.push(`${file}: the section "${heading}" is there twice`);
      }
      if (HISTORY.includes(file)) continue;
      for (
        const [, path] of text.matchAll(/`((?:lib|docs|tests|bench|notebooks|prompts)\/[^`]*)`/g)
      ) {
        if (/^[\w./-]+$/.test(path) && !await isThere(path)) wrong.push(`${file}: no ${path}`);
      }
    }
    const readme = documents.get("README.md") ?? "";
    for (const file of documents.keys()) {
      if (file.startsWith("docs/") && !readme.includes(`](${file})`)) {
        wrong.push(`README.md: no link to ${file}`);
      }
    }
    return wrong.length > 0 ? wrong.join("\n") : null;
  },
};

/** The names under which a document's headings can be linked to, as GitHub makes them. */
function anchors(text: string): Set<string> {
  const names = [...text.matchAll(/^#+ +(.*)$/gm)].map(([, heading]) =>
    heading.toLowerCase().replace(/[^\p{L}\p{N}\s_-]/gu, "").trim().replace(/\s/g, "-")
  );
  return new Set(names);
}

async function isThere(path: string): Promise<boolean> {
  return await Deno.stat(ROOT + path).then(() => true, () => false);
}
