import { readFile } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { existsSync } from "node:fs";
import type { Manifest } from "../../runs/manifest.ts";
import { readManifest } from "../../runs/read_manifest.ts";
import { type ModelCardFacts, originFacts } from "./model_card.ts";
import { readOrigin } from "../../training_data/student_origin.ts";

/** Intended uses by paradigm, which names a student's folder. */
const USES: Readonly<Record<string, string>> = {
  agent: "An agent: it writes a thought and Python code, the code runs with `web_search(query)` " +
    "and `final_answer(x)`, and what it prints comes back as the next user message. The system " +
    "prompt is the short one of its training data.",
  cot: "It answers by chain of thought.",
  "cot-rag": "It answers by chain of thought, with retrieved passages in the prompt.",
};

/**
 * The facts for the model card of a student in a run's `students/` folder: from the run's
 * `manifest.json`, its main table, and the student's own `trained_on.json`. Facts whose file is absent
 * are left out.
 */
export async function runCardFacts(folder: string): Promise<ModelCardFacts> {
  const path = resolve(folder);
  const paradigm = basename(path);
  const run = dirname(dirname(path));
  const manifest = basename(dirname(path)) === "students"
    ? await manifestIfThere(join(run, "manifest.json"))
    : null;
  const origin = await readOrigin(path);
  const known = origin === null ? {} : originFacts(origin);
  if (manifest === null) return { name: paradigm, ...known };
  const results = await readIfThere(join(run, "tables", "main_table.md"));
  const settings = Object.entries(manifest.resolved ?? {}).filter(([, value]) =>
    value === null || typeof value !== "object"
  );
  const use = USES[paradigm];
  return {
    name: `${manifest.id}, ${paradigm} student`,
    ...known,
    ...(use === undefined ? {} : { use }),
    ...(results === null ? {} : {
      results:
        `Accuracies in %, of all systems of the run, with the student's own row among them.` +
        `\n\n${results.trim()}`,
    }),
    settings: Object.fromEntries(settings) as ModelCardFacts["settings"],
    command: `potstill ${manifest.command}`,
  };
}

async function manifestIfThere(path: string): Promise<Manifest | null> {
  return existsSync(path) ? await readManifest(path) : null;
}

async function readIfThere(path: string): Promise<string | null> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    if ((error as { code?: string }).code === "ENOENT") return null;
    throw error;
  }
}
