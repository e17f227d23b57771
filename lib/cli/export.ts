import { resolve } from "node:path";
import { defineCommand, UsageError } from "./options.ts";
import { runCommand } from "./run_command.ts";

const COMMAND = defineCommand({
  name: "export",
  summary: "Write a student as a GGUF file, or as a Hugging Face folder with ONNX models",
  options: {
    student: {
      type: "string",
      placeholder: "STUDENT",
      description:
        "The student: a Hugging Face folder, a GGUF file, a name of the hub, or a size of the lab",
    },
    to: {
      type: "string",
      choices: ["gguf", "folder"],
      default: "gguf",
      description:
        "One file for llama.cpp, Ollama and LM Studio; or a folder for transformers, vLLM and transformers.js",
    },
    type: {
      type: "string",
      choices: ["f32", "f16", "q8_0"],
      default: "f16",
      description: "Number format of GGUF's matrices",
    },
    quantized: {
      type: "string",
      multiple: true,
      choices: ["int8", "int4"],
      description: "A smaller ONNX model to add to the folder",
    },
    out: { type: "string", placeholder: "PATH", description: "File or folder to write" },
    preTokenizer: {
      type: "string",
      placeholder: "NAME",
      defaultNote: "the one that fits",
      description: "llama.cpp's name of the pre-tokenizer",
    },
    json: { type: "boolean", description: "End with the file, type and size as one line of JSON" },
  },
  notes: `The GGUF file holds the weights, the tokenizer with its merges, and the chat template.
The folder has a model card that says what was distilled from what, with the run's main table.

Examples:
  deno task potstill export --student data/runs/mine/students/agent --to gguf \\
    --type q8_0 --out agent.gguf
  deno task potstill export --student data/runs/mine/students/agent --to folder \\
    --quantized int4 --out agent`,
});

/**
 * The command `deno task potstill export`.
 *
 * @returns the exit code
 *
 * @example
 * ```ts
 * import { runExport } from "@potstill/cli/export.ts";
 * if (await runExport(["--help"]) !== 0) throw new Error("no help");
 * ```
 */
export function runExport(args: string[]): Promise<number> {
  return runCommand(COMMAND, args, async ({ values }) => {
    const { student: given, out, type, preTokenizer } = values;
    if (given === undefined) throw new UsageError("Missing option --student STUDENT");
    if (out === undefined) throw new UsageError("Missing option --out PATH");
    const { findStudent } = await import("../student/find_student.ts");
    const { downloadProgress } = await import("../http/hub/download_progress.ts");
    const { openProgress } = await import("../runs/progress/open_progress.ts");
    const { loadStudent } = await import("../student/load_student.ts");
    const student = await findStudent(given, { onBytes: downloadProgress(openProgress()) });
    const { path: folder, name } = student;
    if (resolve(folder) === resolve(out)) {
      throw new UsageError(`--out must be another path than --student, and both are ${out}`);
    }
    if (values.to === "folder") {
      const { runCardFacts } = await import("../student/export/run_card_facts.ts");
      const { saveStudent } = await import("../student/export/save_student.ts");
      const { readOrigin } = await import("../training_data/student_origin.ts");
      const { quantized } = values;
      const origin = await readOrigin(folder);
      await saveStudent(out, await loadStudent(student), {
        quantized,
        card: await runCardFacts(folder),
        ...(origin === null ? {} : { origin }),
      });
      console.log(`Wrote ${out}`);
      if (values.json) console.log(JSON.stringify({ out, quantized }));
      return 0;
    }
    const { exportGguf } = await import("../student/gguf/export_gguf.ts");
    await exportGguf(out, await loadStudent(student), { type, name, preTokenizer });
    const { size } = await Deno.stat(out);
    console.log(`Wrote ${out}: ${type}, ${(size / 1e6).toFixed(1)} MB`);
    if (values.json) console.log(JSON.stringify({ out, type, sizeBytes: size }));
    return 0;
  });
}
