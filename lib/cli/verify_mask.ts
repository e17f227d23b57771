import { defineCommand, UsageError } from "./options.ts";
import { runCommand } from "./run_command.ts";
import { readInputText } from "../runs/read_input.ts";

const COMMAND = defineCommand({
  name: "verify-mask",
  summary: "Check which tokens of training data are trained, with a base model's tokenizer",
  positionals: [{
    name: "DATA",
    description: "An export's folder, a file of training data, or a run's folder",
  }],
  options: {
    tokenizer: {
      type: "string",
      placeholder: "FOLDER",
      description:
        "A Hugging Face folder with tokenizer.json and tokenizer_config.json, or a GGUF file",
    },
    template: {
      type: "string",
      placeholder: "NAME",
      defaultNote: "the export's, else the tokenizer's",
      description: "own: the tokenizer's; chatml: the exports'; or a Jinja file",
    },
    strategy: {
      type: "string",
      choices: ["contents", "markers"],
      default: "contents",
      description:
        "Method of the trainer's mask: by the ranges of contents, or by a search for marker texts",
    },
    maxLength: {
      type: "integer",
      min: 1,
      defaultNote: "the export's, else 10240",
      description: "Length to which the trainer cuts sequences",
    },
    endOfTurn: {
      type: "string",
      placeholder: "TOKEN",
      defaultNote: "<|im_end|>, else the eos token",
      description: "The special token that ends a turn",
    },
    show: {
      type: "integer",
      min: 0,
      default: 0,
      placeholder: "N",
      description: "Print the first N conversations, trained tokens highlighted",
    },
    json: { type: "boolean", description: "End with the summary as one line of JSON" },
  },
  notes:
    `Fails on an empty mask, a trained observation, an untrained thought or end of turn, a final answer that
is cut off, and a template whose training text differs from what a server puts before the model.
Rows with input_ids and labels are verified as a trainer made them.

Exit code: 0 when every row is sound, 1 when one is not.

Example:
  deno task potstill verify-mask --tokenizer models/Qwen2.5-1.5B-Instruct train-agent --show 1`,
});

/**
 * The command `deno task potstill verify-mask`.
 *
 * @returns the exit code
 *
 * @example
 * ```ts
 * import { runVerifyMask } from "@potstill/cli/verify_mask.ts";
 * if (await runVerifyMask(["--help"]) !== 0) throw new Error("no help");
 * ```
 */
export function runVerifyMask(args: string[]): Promise<number> {
  return runCommand(COMMAND, args, async ({ values, positionals }) => {
    if (values.tokenizer === undefined) throw new UsageError("Missing option --tokenizer FOLDER");
    const { findData, templateFor, verifyFiles } = await import(
      "../training_data/masks/verify_files.ts"
    );
    const { readTokenizer } = await import("../student/read_tokenizer.ts");
    const { showMask } = await import("../report/mask_display.ts");
    const found = await findData(positionals[0]);
    const tokenizer = await readTokenizer(values.tokenizer);
    const source = await templateSource(values.template, found.template);
    let shown = 0;
    const summary = await verifyFiles(tokenizer, templateFor(tokenizer, source), found.files, {
      maxTokens: values.maxLength ?? found.maxTokens ?? 10_240,
      endOfTurn: values.endOfTurn,
      strategy: values.strategy,
      isLastOnly: found.isLastOnly,
      onRow: ({ example }, row) => {
        if (example === null || shown >= values.show) return;
        shown++;
        console.log(`--- row ${row}\n${showMask(tokenizer, example)}`);
      },
    });
    const { rows, sound, tokens, trainedTokens, counts, findings, inferenceVariables } = summary;
    const share = Math.round((100 * trainedTokens) / Math.max(1, tokens));
    console.log(
      `${sound} of ${rows} rows are sound; ${tokens} tokens, ${share}% trained, ` +
        `${Math.round(tokens / Math.max(1, rows))} a row`,
    );
    if (inferenceVariables !== null && Object.keys(inferenceVariables).length > 0) {
      console.log(`A server must give the template ${JSON.stringify(inferenceVariables)}`);
    }
    for (const [defect, count] of Object.entries(counts)) console.error(`${defect}: ${count} rows`);
    for (const { file, row, detail } of findings.slice(0, 10)) {
      console.error(`  ${file} row ${row}: ${detail}`);
    }
    if (counts["training-differs-from-inference"] !== undefined) {
      console.error(
        "Train and serve with the template of the exports: --template chatml checks it",
      );
    }
    if (values.json) console.log(JSON.stringify(summary));
    return sound === rows ? 0 : 1;
  });
}

async function templateSource(
  choice: string | undefined,
  exported: string | null,
): Promise<string | null> {
  if (choice === undefined) return exported;
  if (choice === "own") return null;
  if (choice === "chatml") {
    const { exportChatTemplate } = await import("../training_data/formats/export_chat_template.ts");
    return await exportChatTemplate();
  }
  return await readInputText(choice);
}
