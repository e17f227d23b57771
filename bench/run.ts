/**
 * Runs the benchmark scripts in the folders below this one: the files that say at their beginning how
 * they are run (`deno run -A bench/FOLDER/NAME.ts`); others are parts of them. A script prints what it
 * likes; when its last line is a JSON object, that is its result. With `--json` the results of all are
 * kept in one file.
 */
import { availableParallelism, cpus } from "node:os";
import { parseArgs } from "node:util";
import { formatDuration, writeJsonAtomic } from "@potstill/experiments";
import { peakBytes } from "./peak_bytes.ts";

const root = new URL("../", import.meta.url).pathname;
const scripts = await findScripts();

const HELP = `Run the benchmarks in bench/.

Usage: deno task bench [NAME...] [--json] [-- ARGUMENT...]

  NAME      Scripts to run, or parts of their names (all without one)
  --json    Write the results to data/runs/bench-DATE.json and print them in one line
  -- ...    Passed on to every script

Scripts:
${scripts.map((name) => `  ${name}`).join("\n")}`;

/** One script that was run. */
interface BenchResult {
  readonly name: string;
  readonly ok: boolean;
  readonly durationMs: number;
  /** The most memory that its own process held, in bytes; null where Linux is not. */
  readonly peakBytes: number | null;
  /** The script's last line, when it is a JSON object. */
  readonly result: unknown;
}

const separator = Deno.args.indexOf("--");
const ownArgs = separator < 0 ? Deno.args : Deno.args.slice(0, separator);
const passedOn = separator < 0 ? [] : Deno.args.slice(separator + 1);

Deno.exit(await main());

async function main(): Promise<number> {
  const { names, json, help } = parse();
  if (help) {
    console.log(HELP);
    return 0;
  }
  const results: BenchResult[] = [];
  for (const name of chooseScripts(names)) {
    console.error(`# ${name}`);
    const result = await runScript(name);
    console.error(
      `# ${name}: ${result.ok ? "ok" : "FAILED"}, ${formatDuration(result.durationMs)}` +
        (result.peakBytes === null ? "" : `, at most ${Math.round(result.peakBytes / 1e6)} MB`),
    );
    results.push(result);
  }
  if (json) {
    const report = {
      date: new Date().toISOString(),
      deno: Deno.version.deno,
      system: `${Deno.build.os} ${Deno.build.arch}`,
      processor: cpus()[0]?.model ?? "unknown",
      cores: availableParallelism(),
      arguments: passedOn,
      results,
    };
    const stamp = report.date.slice(0, 19).replaceAll(":", "-");
    await writeJsonAtomic(`${root}data/runs/bench-${stamp}.json`, report);
    console.log(JSON.stringify(report));
  }
  return results.every(({ ok }) => ok) ? 0 : 1;
}

function parse(): { readonly names: string[]; readonly json: boolean; readonly help: boolean } {
  try {
    const { values, positionals } = parseArgs({
      args: ownArgs,
      allowPositionals: true,
      options: { json: { type: "boolean" }, help: { type: "boolean", short: "h" } },
    });
    return { names: positionals, json: values.json ?? false, help: values.help ?? false };
  } catch (error) {
    return refuse((error as Error).message);
  }
}

function refuse(problem: string): never {
  console.error(problem);
  Deno.exit(2);
}

function chooseScripts(names: readonly string[]): readonly string[] {
  if (scripts.length === 0) refuse("There is no script in bench/");
  if (names.length === 0) return scripts;
  const chosen = names.flatMap((name) => {
    const exact = scripts.filter((script) => script === name);
    const found = exact.length > 0 ? exact : scripts.filter((script) => script.includes(name));
    if (found.length === 0) {
      refuse(`No benchmark is named "${name}"; there are ${scripts.join(", ")}`);
    }
    return found;
  });
  return [...new Set(chosen)];
}

async function runScript(name: string): Promise<BenchResult> {
  const start = performance.now();
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "--allow-all", `${root}bench/${name}.ts`, ...passedOn],
    cwd: root,
    stdin: "null",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  let peak: number | null = null;
  const watch = setInterval(() => peak = Math.max(peak ?? 0, peakBytes(child.pid)), 200);
  let tail = "";
  const decoder = new TextDecoder();
  for await (const chunk of child.stdout) {
    const text = decoder.decode(chunk, { stream: true });
    // The report is the only thing on standard output, so that it can be piped on.
    for (let at = 0; at < chunk.length;) at += Deno.stderr.writeSync(chunk.subarray(at));
    tail = (tail + text).slice(-1_000_000);
  }
  const { success } = await child.status;
  clearInterval(watch);
  const durationMs = performance.now() - start;
  const known = Deno.build.os === "linux" ? peak : null;
  return { name, ok: success, durationMs, peakBytes: known, result: lastJson(tail) };
}

function lastJson(text: string): unknown {
  const line = text.trimEnd().split("\n").at(-1) ?? "";
  try {
    return line.startsWith("{") ? JSON.parse(line) : null;
  } catch {
    return null;
  }
}

/** Every benchmark one folder or more down, by its path without the ending. */
async function findScripts(): Promise<string[]> {
  const found: string[] = [];
  const visit = async (folder: string): Promise<void> => {
    for await (const entry of Deno.readDir(`${root}bench/${folder}`)) {
      if (entry.isDirectory) await visit(`${folder}${entry.name}/`);
      else if (folder !== "" && entry.name.endsWith(".ts")) {
        const text = await Deno.readTextFile(`${root}bench/${folder}${entry.name}`);
        const isBenchmark = text.slice(0, 3000).includes(`bench/${folder}${entry.name}`);
        if (isBenchmark) found.push(`${folder}${entry.name.slice(0, -3)}`);
      }
    }
  };
  await visit("");
  return found.sort();
}
