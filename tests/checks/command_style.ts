import { type Check, deno, ROOT } from "./check.ts";
import { projectFiles } from "./project_files.ts";

/** Explain the other way, or tell of the past. */
const EXCEPTIONS = ["README.md", "docs/CONTRIBUTING.md", "docs/CHANGELOG.md", "docs/log.md"];

/** Commands are written in one way, which can be typed as it stands in the project's folder. */
export const commandStyle: Check = {
  name: "commands",
  description: "Commands are written `deno task potstill NAME` everywhere",
  run: async () => {
    const help = await deno(["run", "-A", "lib/cli/main.ts", "--help"]);
    const names = [...help.stdout.matchAll(/^ {2}([a-z-]+) {2,}/gm)].map(([, name]) => name);
    if (names.length < 10) return `The help lists ${names.length} commands:\n${help.output}`;
    const name = `(?:${names.join("|")})(?![\\w-])(?! (?:is|of)\\b)`;
    const others = [
      /npx -y deno@[\d.]+ task/,
      new RegExp(`(?<!deno task )(?<![\\w@./-])potstill ${name}`),
      /deno task (?:distill|paper)\b/,
    ];
    const wrong: string[] = [];
    const files = [
      ...await projectFiles("", ".md", ".ipynb"),
      ...await projectFiles("lib", ".ts"),
    ].filter((file) => !EXCEPTIONS.includes(file));
    for (const file of files) {
      (await Deno.readTextFile(ROOT + file)).split("\n").forEach((line, i) => {
        const found = others.some((other) => other.test(line));
        if (found) wrong.push(`${file}:${i + 1}: ${line.trim().slice(0, 120)}`);
      });
    }
    return wrong.length > 0 ? wrong.join("\n") : null;
  },
};
