import { axolotlFormat } from "./axolotl.ts";
import type { ExportFormat, FormatName } from "./export_format.ts";
import { llamaFactoryFormat } from "./llama_factory.ts";
import { messagesFormat } from "./messages.ts";
import { dpoFormat, trlFormat, trlPromptCompletionFormat } from "./trl.ts";
import { unslothFormat } from "./unsloth.ts";

/** Every format, by name. */
export const exportFormats: Readonly<Record<FormatName, ExportFormat>> = {
  messages: messagesFormat,
  trl: trlFormat,
  "trl-prompt-completion": trlPromptCompletionFormat,
  dpo: dpoFormat,
  "llama-factory": llamaFactoryFormat,
  axolotl: axolotlFormat,
  unsloth: unslothFormat,
};

/** The formats' names. */
export const formatNames: readonly FormatName[] = Object.keys(exportFormats) as FormatName[];
