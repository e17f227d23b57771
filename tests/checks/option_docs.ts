import { type Check, deno, ROOT } from "./check.ts";

/** The page of all options says what the commands accept. */
export const optionDocs: Check = {
  name: "options",
  description: "docs/options.md has the options that the commands accept",
  run: async () => {
    const page = await deno(["run", "-A", "lib/cli/main.ts", "--help=markdown"]);
    const { stdout } = await deno(["fmt", "--ext", "md", "-"], page.stdout);
    if (page.success && await Deno.readTextFile(`${ROOT}docs/options.md`) === stdout) return null;
    return page.success
      ? "make it again: deno task potstill --help=markdown | deno fmt --ext md - > docs/options.md"
      : page.output;
  },
};
