import { existsSync, statSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import type { TemplateVariables } from "../../tokenizer/chat_template.ts";
import type { Tokenizer } from "../../tokenizer/tokenizer.ts";
import { readTrainingRows } from "../training_rows.ts";
import { conversationOfRow } from "./conversation_of_row.ts";
import { MaskTemplate } from "./mask_template.ts";
import {
  type MaskDefect,
  type MaskFinding,
  type MaskReport,
  verifyMask,
  type VerifyMaskOptions,
} from "./verify_mask.ts";
import { readInputObject, readInputText } from "../../runs/read_input.ts";

/** A finding and the row that has it. */
export interface RowFinding extends MaskFinding {
  /** The file that holds the row. */
  readonly file: string;
  /** From 1. */
  readonly row: number;
}

/** Findings of a check of training-data files. */
export interface VerifySummary {
  /** Rows verified. */
  readonly rows: number;
  /** Rows without a finding. */
  readonly sound: number;
  /** Tokens of all rows. */
  readonly tokens: number;
  /** Tokens among them that are trained on. */
  readonly trainedTokens: number;
  /** Rows by defect. */
  readonly counts: Readonly<Partial<Record<MaskDefect, number>>>;
  /** The first findings, up to a hundred. */
  readonly findings: readonly RowFinding[];
  /** Variables that a server must give the template, when all rows agree on them. */
  readonly inferenceVariables: TemplateVariables | null;
}

/** Options of {@link verifyFiles}. */
export interface VerifyFilesOptions extends VerifyMaskOptions {
  /** Rows that do not say so themselves learn their last turn alone. @default false */
  readonly isLastOnly?: boolean;
  /** Called with each row's report, for showing. */
  readonly onRow?: (report: MaskReport, row: number) => void;
}

const MAX_FINDINGS = 100;

/**
 * Verifies the masks of files of training data.
 *
 * @throws {Error} naming the file and row that cannot be read
 */
export async function verifyFiles(
  tokenizer: Tokenizer,
  template: MaskTemplate,
  files: readonly string[],
  options: VerifyFilesOptions = {},
): Promise<VerifySummary> {
  const counts: Partial<Record<MaskDefect, number>> = {};
  const findings: RowFinding[] = [];
  const variants = new Set<string>();
  let [rows, sound, tokens, trainedTokens] = [0, 0, 0, 0];
  for (const file of files) {
    let row = 0;
    for await (const { value } of readTrainingRows(file)) {
      row++;
      rows++;
      let report: MaskReport;
      try {
        const conversation = conversationOfRow(value);
        const learned = options.isLastOnly ? conversation.learned.slice(-1) : conversation.learned;
        report = verifyMask(tokenizer, template, { ...conversation, learned }, options);
      } catch (cause) {
        if (!(cause instanceof TypeError)) throw cause;
        throw new Error(`Cannot verify ${file} row ${row}: ${cause.message}`, { cause });
      }
      options.onRow?.(report, rows);
      if (report.findings.length === 0) sound++;
      for (const defect of new Set(report.findings.map((finding) => finding.defect))) {
        counts[defect] = (counts[defect] ?? 0) + 1;
      }
      for (const finding of report.findings) {
        if (findings.length < MAX_FINDINGS) {
          findings.push({ ...finding, file: basename(file), row });
        }
      }
      tokens += report.example?.ids.length ?? 0;
      trainedTokens += report.example?.trained.reduce((sum, bit) => sum + bit, 0) ?? 0;
      variants.add(JSON.stringify(report.inferenceVariables));
    }
  }
  return {
    rows,
    sound,
    tokens,
    trainedTokens,
    counts,
    findings,
    inferenceVariables: variants.size === 1 ? JSON.parse([...variants][0]) : null,
  };
}

/** The training data that a path stands for, and the chat template and limit that go with it. */
export interface FoundData {
  /** The files of training data. */
  readonly files: readonly string[];
  /** The source of the template beside the data, or null. */
  readonly template: string | null;
  /** Longest sequence, where the export says so. */
  readonly maxTokens: number | null;
  /** True if the last turn alone is trained on, by the trainer's settings. */
  readonly isLastOnly: boolean;
}

/**
 * Finds the training data at a path: a file, the folder of an export, or the folder of a run.
 *
 * @throws {Error} when there is none
 */
export async function findData(path: string): Promise<FoundData> {
  if (!existsSync(path)) throw new Error(`Cannot verify ${path}: there is no such file or folder`);
  const isFolder = statSync(path).isDirectory();
  const files: string[] = [];
  const folders = isFolder ? [path, join(path, "data"), join(path, "trajectories")] : [];
  if (!isFolder) files.push(path);
  for (const folder of folders.filter((one) => existsSync(one))) {
    for (const name of await readdir(folder)) {
      const isData = /^train\.jsonl?$/.test(name) ||
        (folder.endsWith("trajectories") && name.endsWith(".jsonl"));
      if (isData) files.push(join(folder, name));
    }
  }
  if (files.length === 0) throw new Error(`Cannot verify ${path}: it holds no training data`);
  const near = isFolder ? [path] : [dirname(path), dirname(dirname(path))];
  const home = near.find((folder) => existsSync(join(folder, "export.json"))) ?? near[0];
  const read = async (name: string) =>
    existsSync(join(home, name)) ? await readInputText(join(home, name)) : null;
  const exported = join(home, "export.json");
  const about = existsSync(exported) ? await readInputObject(exported) : null;
  return {
    files,
    template: about === null ? null : await read("chat_template.jinja"),
    maxTokens: maxLengthOf(about?.hyper),
    isLastOnly: about?.supervision === "last-assistant",
  };
}

function maxLengthOf(hyper: unknown): number | null {
  const value = (hyper as { readonly maxLength?: unknown } | null | undefined)?.maxLength;
  return typeof value === "number" ? value : null;
}

/** A template for a tokenizer: its own, or another source with the tokenizer's special tokens. */
export function templateFor(tokenizer: Tokenizer, source: string | null): MaskTemplate {
  return new MaskTemplate(source ?? tokenizer.chatTemplate().source, tokenizer.templateVariables);
}
