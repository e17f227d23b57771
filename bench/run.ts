/**
 * Runs the benchmark scripts in the folders below this one: the files that say at their beginning how
 * they are run (`deno run -A bench/FOLDER/NAME.ts`); others are parts of them. A script prints what it
 * likes; when its last line is a JSON object, that is its result. Without a name the suite is run
 * (`suite.ts`): every part of a run once, briefly, with a time limit each.
 */
import { availableParallelism, cpus } from "node:os";
import { parseArgs } from "node:util";
import { formatDuration, writeJsonAtomic } from "@potstill/experiments";
import { type FigureLine, figureRatio, figuresTable, readFigure } from "./figures.ts";
import { openRevision } from "./revision.ts";
import { type BenchResult, runScript } from "./run_script.ts";
import { spread } from "./spread.ts";
import { SUITE, SUITE_LIMIT_SECONDS, type SuiteEntry } from "./suite.ts";

const root = new URL("../", import.meta.url).pathname;
const scripts = await findScripts();
const limit = formatDuration(1000 * SUITE_LIMIT_SECONDS);

const HELP = `Run the benchmarks in bench/.

Usage: deno task bench [NAME...] [--against REVISION] [--rounds N] [--json] [-- ARGUMENT...]

  NAME                 Scripts to run, or parts of their names. Without one the suite is run: ${SUITE.length} of
                       them, briefly, in at most ${limit}; it ends with a table
  --against REVISION   Run the suite, or what of it is named, in a checkout of a git revision as well,
                       in turns on this machine, and tell the ratio of each round
  --rounds N           Rounds with --against (default: 3); each takes twice as long as the suite
  --json               Print the results in one line (the suite always writes them to
                       data/runs/bench-DATE.json)
  -- ...               Passed on to every script, after the suite's arguments

Scripts:
${scripts.map((name) => `  ${name}`).join("\n")}

The suite:
${
  SUITE.map(({ name, args, limitSeconds }) =>
    `  ${name} ${args.join(" ")}  (at most ${limitSeconds} s)`
  ).join("\n")
}`;

const separator = Deno.args.indexOf("--");
const ownArgs = separator < 0 ? Deno.args : Deno.args.slice(0, separator);
const passedOn = separator < 0 ? [] : Deno.args.slice(separator + 1);

/** Ctrl-C ends the script under way; what was measured before it is written. */
const stop = new AbortController();
for (const name of Deno.build.os === "windows" ? ["SIGINT"] : ["SIGINT", "SIGTERM"]) {
  Deno.addSignalListener(name as Deno.Signal, () => {
    if (stop.signal.aborted) Deno.exit(130);
    stop.abort();
  });
}

Deno.exit(await main());

async function main(): Promise<number> {
  const { names, json, help, against, rounds } = parse();
  if (help) {
    console.log(HELP);
    return 0;
  }
  const chosen = chooseScripts(names);
  if (names.length > 0 && against === null) {
    const results: BenchResult[] = [];
    for (const name of chosen) results.push(await runOne(root, name, passedOn));
    if (json) console.log(JSON.stringify(await writeResults({ results })));
    return results.every(({ ok }) => ok) ? 0 : 1;
  }
  const isInSuite = (name: string) => SUITE.some((entry) => entry.name === name);
  const without = names.length === 0 ? [] : chosen.filter((name) => !isInSuite(name));
  if (without.length > 0) {
    refuse(`${without.join(", ")}: not in the suite, and only its scripts have figures to compare`);
  }
  const entries = SUITE.filter(({ name }) => names.length === 0 || chosen.includes(name));
  const seconds = entries.reduce((sum, { limitSeconds }) => sum + limitSeconds, 0);
  const times = against === null ? 1 : 2 * rounds;
  console.error(`At most ${formatDuration(1000 * seconds * times)}, mostly a third of it`);
  return against === null
    ? await runSuite(entries, json)
    : await runAgainst(entries, against, rounds, json);
}

async function runSuite(entries: readonly SuiteEntry[], json: boolean): Promise<number> {
  const results: BenchResult[] = [];
  for (const entry of entries) {
    if (stop.signal.aborted) break;
    results.push(await runEntry(root, entry));
  }
  const lines = entries.flatMap((entry, i): FigureLine[] =>
    entry.figures.map((figure) => ({
      ...figure,
      measured: results[i] === undefined ? null : readFigure(results[i], figure),
      peer: peerOf(entry),
    }))
  );
  return await finish(lines, null, results, json);
}

async function runAgainst(
  entries: readonly SuiteEntry[],
  against: string,
  rounds: number,
  json: boolean,
): Promise<number> {
  await using other = await openRevision(root, against).catch((error) => refuse(error.message));
  const results: BenchResult[] = [];
  const lines: FigureLine[] = [];
  for (const entry of entries) {
    const pairs: { readonly ours: BenchResult; readonly theirs: BenchResult }[] = [];
    for (let round = 0; round < rounds && !stop.signal.aborted; round++) {
      // Who comes first changes, as the first may find a cooler processor.
      const first = round % 2 === 0 ? root : other.root;
      const one = await runEntry(first, entry);
      const two = await runEntry(first === root ? other.root : root, entry);
      const [ours, theirs] = first === root ? [one, two] : [two, one];
      pairs.push({ ours, theirs });
      results.push(ours, { ...theirs, name: `${theirs.name} at ${other.hash}` });
    }
    for (const figure of entry.figures) {
      const found = pairs.map(({ ours, theirs }) => ({
        own: readFigure(ours, figure)?.median,
        ratio: figureRatio(ours, theirs, figure),
      }));
      const own = found.map(({ own }) => own).filter((one) => one !== undefined);
      const ratios = found.map(({ ratio }) => ratio).filter((one) => one !== null);
      lines.push({
        ...figure,
        measured: own.length === 0 ? null : spread(own),
        ratios,
        rounds,
        peer: peerOf(entry),
      });
    }
  }
  return await finish(lines, other.hash, results, json);
}

async function finish(
  lines: readonly FigureLine[],
  against: string | null,
  results: readonly BenchResult[],
  json: boolean,
): Promise<number> {
  const report = await writeResults({ against, figures: lines, results });
  console.log(figuresTable(lines, against));
  for (const { name, problem } of results) {
    if (problem !== null) console.log(`${name} is not measured: ${problem}`);
  }
  if (json) console.log(JSON.stringify(report));
  if (stop.signal.aborted) return 130;
  return results.every(({ ok }) => ok) ? 0 : 1;
}

async function writeResults(parts: Readonly<Record<string, unknown>>): Promise<unknown> {
  const report = {
    date: new Date().toISOString(),
    deno: Deno.version.deno,
    system: `${Deno.build.os} ${Deno.build.arch}`,
    processor: cpus()[0]?.model ?? "unknown",
    cores: availableParallelism(),
    arguments: passedOn,
    ...parts,
  };
  const stamp = report.date.slice(0, 19).replaceAll(":", "-");
  await writeJsonAtomic(`${root}data/runs/bench-${stamp}.json`, report);
  return report;
}

async function runEntry(at: string, entry: SuiteEntry): Promise<BenchResult> {
  const { name, args, limitSeconds, figures } = entry;
  const found = await runOne(at, name, [...args, ...passedOn], limitSeconds);
  if (!found.ok || figures.some((figure) => readFigure(found, figure) !== null)) return found;
  return { ...found, ok: false, problem: "it printed none of its figures" };
}

async function runOne(
  at: string,
  name: string,
  args: readonly string[],
  limitSeconds?: number,
): Promise<BenchResult> {
  console.error(`# ${name}${at === root ? "" : ` in ${at}`}`);
  const result = await runScript(at, name, args, { limitSeconds, signal: stop.signal });
  console.error(
    `# ${name}: ${result.problem ?? "ok"}, ${formatDuration(result.durationMs)}` +
      (result.peakBytes === null ? "" : `, at most ${Math.round(result.peakBytes / 1e6)} MB`),
  );
  return result;
}

/** The peer's name and version, as its program says it. */
function peerOf({ peer }: SuiteEntry): string | undefined {
  if (peer === undefined) return undefined;
  const [command, ...args] = peer.version;
  try {
    const program = command === "deno" ? Deno.execPath() : command;
    const { success, stdout } = new Deno.Command(program, { args, cwd: root }).outputSync();
    const text = new TextDecoder().decode(stdout).trim();
    return success ? `${peer.name} ${text.replace(/^Python /, "")}` : `${peer.name}, not there`;
  } catch {
    return `${peer.name}, not there`;
  }
}

interface BenchArguments {
  readonly names: string[];
  readonly json: boolean;
  readonly help: boolean;
  readonly against: string | null;
  readonly rounds: number;
}

function parse(): BenchArguments {
  try {
    const { values, positionals } = parseArgs({
      args: ownArgs,
      allowPositionals: true,
      options: {
        json: { type: "boolean", default: false },
        help: { type: "boolean", short: "h", default: false },
        against: { type: "string" },
        rounds: { type: "string" },
      },
    });
    if (values.rounds !== undefined && values.against === undefined) {
      throw new Error("Option --rounds is for --against");
    }
    const rounds = Number(values.rounds ?? 3);
    if (!Number.isInteger(rounds) || rounds < 1) {
      throw new Error(`Option --rounds must be a whole number from 1: "${values.rounds}"`);
    }
    const { json, help, against = null } = values;
    return { names: positionals, json, help, against, rounds };
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
