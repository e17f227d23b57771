import { createStudentModel, type StudentModel } from "@potstill/student/student_model.ts";
import { studentPreset } from "@potstill/student/student_presets.ts";
import { initWeights } from "@potstill/student/weights.ts";
import { loadChatTemplate } from "@potstill/tokenizer/load_chat_template.ts";
import { trainTokenizer } from "@potstill/tokenizer/train_tokenizer.ts";

/** A student of random weights that reads 2,048 tokens. */
export async function tinyStudent(): Promise<StudentModel> {
  const texts = ["What is one and one? It is two.", "Thought: add. Code: print(1 + 1)"];
  const tokenizer = trainTokenizer(texts, await loadChatTemplate(), { vocabSize: 300 });
  const config = studentPreset("0.3M", tokenizer.vocabSize);
  const parts = { config, weights: initWeights(config, 1), tokenizer };
  return await createStudentModel(parts, { threads: 1 });
}
