import assert from "node:assert/strict";
import { join } from "node:path";
import { createLabExpert } from "../../lib/lab/expert/lab_expert.ts";
import { loadLabBenchmark } from "../../lib/lab/benchmarks.ts";
import type { ChatModel } from "../../lib/models/chat_model.ts";
import { serveModels } from "../../lib/models/server/serve_models.ts";
import type { Task } from "../../lib/records/task.ts";
import { serveRetriever } from "../../lib/retrieval/server/serve_retriever.ts";
import { importFiles } from "../../lib/trajectories/import/import_files.ts";
import {
  type ImportedTrajectory,
  originalRecords,
} from "../../lib/trajectories/import/imported_trajectory.ts";
import { loadTrajectories } from "../../lib/trajectories/load_trajectories.ts";
import { openLab } from "../../lib/workbench/open_lab.ts";
import { SMOLAGENTS_IMPORTS } from "../../lib/interpreter/pyodide/import_list.ts";
import { askPeer, inFolder, peerTest } from "./ask_peer.ts";

interface MemoryStep {
  readonly model_output?: string | null;
  readonly code_action?: string | null;
  readonly tool_calls?: readonly { readonly function: { readonly arguments: unknown } }[] | null;
  readonly observations?: string | null;
}

interface Answer {
  readonly version: string;
  readonly runs: readonly {
    readonly id: string;
    readonly answer: string;
    readonly memory: { readonly steps: readonly MemoryStep[] };
  }[];
}

const careful = { malformedRate: 0, buggyCodeRate: 0, wrongReasoningRate: 0, wrongQueryRate: 0 };

/** The expert as a model that writes its code in tags, as newer prompts of smolagents ask. */
function inTags(expert: ChatModel): ChatModel {
  return {
    ...expert,
    complete: async (request) => {
      const response = await expert.complete({ ...request, stop: undefined });
      const completions = response.completions.map((one) => ({
        ...one,
        text: one.text.replace(/```py\n([\s\S]*?)\n```(?:<end_code>)?/, "<code>\n$1\n</code>"),
      }));
      return { ...response, completions };
    },
  };
}

const cases = [
  ["agents", "fences", createLabExpert(careful)],
  ["agents", "tags", inTags(createLabExpert(careful))],
  ["smolagents-1.13", "fences", createLabExpert(careful)],
] as const;

for (const [environment, style, model] of cases) {
  const version = environment === "agents" ? "1.26" : "1.13";
  peerTest(
    `smolagents ${version}'s CodeAgent solves tasks through our server in ${style}; its memory is imported`,
    [environment],
    () =>
      inFolder(async (folder) => {
        const lab = await openLab();
        const server = serveModels([{ id: "lab-expert", model }], { port: 0 });
        const search = serveRetriever(lab.retriever, { port: 0 });
        try {
          const tasks = (["lab-hotpotqa", "lab-math"] as const).flatMap((name) =>
            loadLabBenchmark(name, { split: "train", count: 6, seed: 1 })
          );
          const { runs, version: found } = await askPeer<Answer>(environment, "smolagents_run.py", {
            tasks,
            base_url: server.baseUrl,
            retrieve: search.url,
          });
          assert.ok(found.startsWith(version), found);
          const file = join(folder, "memory.jsonl");
          const records = runs.map(({ memory }) => memory);
          await Deno.writeTextFile(file, records.map((one) => JSON.stringify(one) + "\n").join(""));
          const out = join(folder, "run");
          const { problems } = await importFiles({ files: [file], out, benchmark: "lab-hotpotqa" });
          assert.deepEqual(problems, []);
          const { trajectories } = await loadTrajectories(
            join(out, "trajectories", "agent.jsonl"),
          );
          assert.deepEqual(originalRecords(trajectories as ImportedTrajectory[]), records);
          let right = 0;
          for (const [i, { steps, answer }] of trajectories.entries()) {
            const theirs = runs[i].memory.steps.filter(({ model_output }) => model_output);
            assert.deepEqual(
              steps.map(({ modelOutput }) => modelOutput.trim()),
              theirs.map(({ model_output }) => model_output!.trim()),
            );
            assert.deepEqual(
              steps.map(({ code }) => code?.trim() ?? null),
              theirs.map(codeOf),
            );
            for (const [at, { observation, isFinal }] of steps.entries()) {
              if (!isFinal) assert.ok(observation.includes(theirs[at].observations!.trim()));
            }
            assert.equal(answer, runs[i].answer);
            if (style === "tags") assert.match(steps[0].modelOutput, /<code>/);
            right += isRight(tasks[i], answer) ? 1 : 0;
          }
          assert.ok(right >= 10, `${right} of ${tasks.length} are right`);
        } finally {
          await search.close();
          await server.close();
          await lab.close();
        }
      }),
  );
}

/** The code of a step; the memory of 1.13 has it in the call of its interpreter alone. */
function codeOf({ code_action, tool_calls }: MemoryStep): string | null {
  const [call] = tool_calls ?? [];
  return code_action?.trim() ?? (call && String(call.function.arguments).trim()) ?? null;
}

function isRight({ answer }: Task, given: string | null): boolean {
  return given !== null && given.trim().toLowerCase() === answer.toLowerCase();
}

/** Ours is the text of the version that the reference's logs were made with. */
const UNKNOWN_FUNCTION =
  /Forbidden function evaluation: '(\w+)' is not among the explicitly allowed tools or defined\/imported in the preceding code/;
const OUR_UNKNOWN_FUNCTION =
  "It is not permitted to evaluate other functions than the provided tools or functions " +
  "defined/imported in previous code (tried to execute $1).";

interface Seen {
  readonly text: string;
  readonly final: string | null;
  readonly error?: true;
}

for (const environment of ["agents", "smolagents-1.13"] as const) {
  peerTest(
    `our sandbox's observations are those of smolagents (${environment}) on 50 tasks`,
    [environment],
    async () => {
      const lab = await openLab();
      try {
        const tasks = (["lab-hotpotqa", "lab-math"] as const).flatMap((name) =>
          loadLabBenchmark(name, { split: "train", count: 25, seed: 2 })
        );
        const expert = createLabExpert({ buggyCodeRate: 0.2, malformedRate: 0 });
        const ours = await Promise.all(tasks.map((task) => lab.solve(expert, task)));
        const runs = ours.map(({ steps }) => ({
          codes: steps.map(({ code }) => code ?? ""),
          searches: steps.flatMap(({ toolCalls }) =>
            toolCalls.filter(({ name }) => name === "web_search").map(({ result }) => result)
          ),
        }));
        const imports = SMOLAGENTS_IMPORTS;
        const theirs = await askPeer<Seen[][]>(environment, "smolagents_observe.py", {
          runs,
          imports,
        });
        let [steps, errors] = [0, 0];
        for (const [i, { steps: own, answer }] of ours.entries()) {
          for (const [at, { observation, isFinal, error }] of own.entries()) {
            const { text, final, error: failed } = theirs[i][at];
            // Code that could not be read was not run.
            if (own[at].code === null) continue;
            steps++;
            if (isFinal) assert.equal(final, answer);
            else if (error === null) assert.equal(observation, `Observation:\n${text}`);
            else {
              errors++;
              assert.ok(failed, own[at].code ?? "");
              // Of code that does not parse, newer versions write the message after the line.
              const isParsed = !text.startsWith("Code parsing failed");
              const told = (isParsed ? text : text.split("\n")[0]).trim().replace(
                UNKNOWN_FUNCTION,
                OUR_UNKNOWN_FUNCTION,
              );
              assert.ok(observation.includes(told), `${observation}\n---\n${text}`);
            }
          }
        }
        assert.ok(steps > 90 && errors > 5, `${steps} steps, ${errors} errors`);
      } finally {
        await lab.close();
      }
    },
  );
}
