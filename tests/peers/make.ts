/**
 * Makes the environments of the peers (or those that the arguments name) and runs the tests beside
 * them: `deno task peers`. An environment that cannot be made is named, with pip's message, and its
 * tests are skipped.
 */
import { parseArgs } from "node:util";
import { forEachConcurrently } from "@potstill/runs/for_each_concurrently.ts";
import { type EnvironmentName, ENVIRONMENTS, pythonOf } from "./environments.ts";
import { makeEnvironment, probeIndex } from "./make_environment.ts";

const HELP = `Make the Python environments of other tools and run the tests beside them.

Usage: deno task peers [NAME ...] [--only-make] [--within MINUTES] [--new-versions]

  NAME              ${Object.keys(ENVIRONMENTS).join(", ")}; all without one
  --only-make       Run no tests; the exit code is 1 when an environment could not be made
  --within MINUTES  Time for all environments; what is not made by then is left out
  --new-versions    Make them anew with the newest versions of what their packages require, and
                    write these to tests/peers/versions/

They are kept in data/cache/peers/, or in the folder that POTSTILL_PEERS names (about 5 GB).
POTSTILL_PYTHON names another program than python3. pip takes its own settings: on Linux
PIP_EXTRA_INDEX_URL=https://download.pytorch.org/whl/cpu brings PyTorch's build for processors
alone; the package index itself may have the one for CUDA, which is 3 GB larger.`;

let options;
try {
  options = parseArgs({
    args: Deno.args,
    allowPositionals: true,
    options: {
      help: { type: "boolean", short: "h" },
      "only-make": { type: "boolean" },
      within: { type: "string" },
      "new-versions": { type: "boolean" },
    },
  });
} catch (error) {
  refuse((error as Error).message);
}
const { values, positionals } = options;
if (values.help) {
  console.log(HELP);
  Deno.exit(0);
}
const unknown = positionals.find((name) => !(name in ENVIRONMENTS));
if (unknown !== undefined) refuse(`Unknown environment: ${unknown}`);
const minutes = Number(values.within ?? Infinity);
if (!(minutes > 0)) refuse(`--within must be a number of minutes above 0: ${values.within}`);

const wanted =
  (positionals.length > 0 ? positionals : Object.keys(ENVIRONMENTS)) as EnvironmentName[];
const failed = await makeAll(wanted);
if (failed.size > 0) {
  const reasons = Map.groupBy(failed.keys(), (name) => failed.get(name)!);
  const told = [...reasons].map(([reason, names]) => `${names.join(", ")} (${reason})`).join("; ");
  console.error(`${failed.size} of ${wanted.length} environments could not be made: ${told}`);
}
if (values["only-make"]) Deno.exit(failed.size > 0 ? 1 : 0);
const { code } = await new Deno.Command(Deno.execPath(), {
  args: ["run", "-A", new URL("../run.ts", import.meta.url).pathname, "tests/peers"],
  cwd: new URL("../../", import.meta.url),
}).spawn().status;
Deno.exit(code);

/** Makes the environments, two at once. @returns those that could not be made, with the reasons */
async function makeAll(names: readonly EnvironmentName[]): Promise<Map<EnvironmentName, string>> {
  const newVersions = values["new-versions"] ?? false;
  const failed = new Map<EnvironmentName, string>();
  const missing = names.filter((name) => newVersions || pythonOf(name) === null);
  const signal = minutes < Infinity ? AbortSignal.timeout(minutes * 60_000) : undefined;
  try {
    if (missing.length > 0) await probeIndex(signal);
  } catch (error) {
    const { message } = error as Error;
    console.error(message);
    for (const name of missing) failed.set(name, reason(message));
    return failed;
  }
  // Half of the time is that of one core, the other half the network's.
  await forEachConcurrently(names, { concurrency: 2 }, async (name) => {
    try {
      const seconds = await makeEnvironment(name, { newVersions, ...signal && { signal } });
      console.log(seconds === 0 ? `${name}: is there` : `${name}: made in ${seconds.toFixed(0)} s`);
    } catch (error) {
      const message = signal?.aborted ? `not within ${minutes} minutes` : (error as Error).message;
      console.error(`${name}: ${message}`);
      failed.set(name, reason(message));
    }
  });
  return failed;
}

/** The last line of a message, where pip says what it could not do. */
function reason(message: string): string {
  return message.trim().split("\n").at(-1)!;
}

function refuse(message: string): never {
  console.error(`${message}\n\n${HELP}`);
  Deno.exit(2);
}
