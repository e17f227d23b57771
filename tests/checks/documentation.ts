import { dirname } from "node:path";
import { type Check, deno, ROOT } from "./check.ts";
import { projectFiles } from "./project_files.ts";

/** Every exported symbol is documented, and no type of a public signature is hidden. */
export const docLint: Check = {
  name: "doc",
  description: "Every exported symbol is documented (deno doc --lint)",
  run: async () => {
    const { success, output } = await deno(["doc", "--lint", ...await projectFiles("lib", ".ts")]);
    if (success) return null;
    const lines = output.split("\n");
    // One line each: the place and what is missing there.
    const wrong: string[] = [];
    for (const [i, line] of lines.entries()) {
      const place = line.match(/^\s*--> (.*?)(:\d+:\d+)$/);
      if (place === null) continue;
      const complaint = lines[i - 1];
      const hidden = complaint.match(/references private type '([^']+)'/)?.[1];
      if (hidden && !await isDeclaredIn(place[1], hidden)) continue;
      wrong.push(`${place[1].replace(ROOT, "")}${place[2]}: ${complaint}`);
    }
    if (wrong.length > 0) return wrong.join("\n");
    return lines.some((line) => line.includes("-->")) ? null : withoutTypeWarnings(lines);
  },
};

/** Packages name types that nobody needs; Deno warns of each in two lines. */
function withoutTypeWarnings(lines: readonly string[]): string {
  const isWarning = (line: string | undefined) =>
    line?.startsWith("Warning Failed resolving types");
  return lines.filter((line, i) => !isWarning(line) && !isWarning(lines[i - 1])).join("\n");
}

/** Whether a module itself declares a name; else a package does, and documents it elsewhere. */
async function isDeclaredIn(file: string, name: string): Promise<boolean> {
  const source = await Deno.readTextFile(file);
  const declaration = `^(?:abstract )?(?:interface|type|class|enum|const|let|function) ${name}\\b`;
  return new RegExp(declaration, "m").test(source);
}

/** The examples in the documentation comments are run. */
export const examples: Check = {
  name: "examples",
  description: "The examples in documentation comments type-check and run (deno test --doc)",
  run: async () => {
    const whole = await runExamples("lib");
    if (whole === null || whole.hasRun) return whole?.report ?? null;
    // One example that cannot be read hides all others; look at each folder by itself. A folder,
    // not its files: a file named as such is run as a test as well.
    const groups = Map.groupBy(
      await projectFiles("lib", ".ts"),
      (file) => dirname(file).split("/").slice(0, 2).join("/"),
    );
    const reports: string[] = [];
    for (const [folder, files] of groups) {
      const result = await runExamples(...(folder === "lib" ? files : [folder]));
      if (result) reports.push(`${folder}:\n${result.report}`);
    }
    return reports.join("\n\n") || whole.report;
  },
};

/** The solutions of the notebooks' exercises are run. */
export const solutions: Check = {
  name: "solutions",
  description: "The solutions in docs/teaching.md type-check and do what they say",
  run: async () => (await runExamples("docs/teaching.md"))?.report ?? null,
};

async function runExamples(
  ...paths: string[]
): Promise<{ readonly hasRun: boolean; readonly report: string } | null> {
  const { success, output } = await deno(["test", "-q", "--doc", "--allow-all", ...paths]);
  if (success) return null;
  const start = output.search(/^ ERRORS $/m);
  return { hasRun: start >= 0, report: output.slice(Math.max(0, start)).trim() };
}

/** The TypeScript in the Markdown files is type-checked. */
export const markdown: Check = {
  name: "markdown",
  description: "The TypeScript in README.md and docs/ type-checks (deno check --doc-only)",
  run: async () => {
    const files = [...await projectFiles("docs", ".md"), ...await rootMarkdown()];
    if (files.length === 0) return null;
    const { success, output } = await deno(["check", "--doc-only", ...files]);
    return success ? null : output;
  },
};

async function rootMarkdown(): Promise<string[]> {
  return (await projectFiles("", ".md")).filter((file) => !file.includes("/"));
}
