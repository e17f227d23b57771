/**
 * Potstill distils LLM agents into small models. This is the one import for notebooks and scripts, in
 * the order of the stages:
 *
 * - **workbench**: {@link openLab}, {@link openWorkbench} give what attempts need beside a model
 * - **tasks**: {@link labBenchmarks}, {@link loadLabBenchmark}, {@link loadBenchmark}
 * - **search**: {@link buildIndex}, {@link corpusSource}, {@link openIndex}
 * - **teacher and models**: {@link createLabExpert}, {@link createAnnotatedTeacher}, {@link createOpenAiModel},
 *   {@link createStudentModel}, {@link serveModels}
 * - **attempts**: `solve` and `answer` of a {@link Workbench}, or {@link runAgent} and {@link runCot}
 *   with an interpreter of {@link createInterpreter}
 * - **generate**: {@link generate}, {@link loadTrajectories}, {@link importFiles}
 * - **filter**: {@link filterTrajectories}, {@link preferencePairs}
 * - **training data**: {@link tokenizeTrajectories}, {@link writeExport}
 * - **train**: {@link readStoredBase}, {@link trainStudent}, {@link saveStudent}, {@link loadStudent}
 * - **evaluate**: {@link evaluateSystem}, {@link rowFromTrajectories}, {@link summarize},
 *   {@link compareSystems}
 * - **distill**, **sweep**, **ablate**: {@link distill}, {@link sweep}, {@link ablate}
 * - **improve**: {@link improve}, a student by its own attempts
 * - **findings**: {@link allFindings}, {@link storedPaper}, {@link storedRealPaper}
 * - **tables, charts, displays**: {@link mainTable}, {@link figure}, {@link showTrajectory}, ...
 * - **save and load**: {@link loadResults}, {@link reportResults}, and `frame()` of every result
 *
 * What a lesson takes apart stands behind five more doors: `@potstill/agent` (prompts, parser,
 * interpreter, models), `@potstill/retrieval` (corpora, encoders, servers), `@potstill/student`
 * (tokenizers, masks, graphs, training, decoding), `@potstill/evaluation` (the lab's world, graders,
 * statistics) and `@potstill/experiments` (figures of reports, findings, run files).
 *
 * @example
 * ```ts
 * import { createLabExpert, loadLabBenchmark, openLab, showTrajectory } from "@potstill";
 * const lab = await openLab();
 * const [task] = loadLabBenchmark("lab-hotpotqa", { split: "train", count: 1, seed: 0 });
 * const trajectory = await lab.solve(createLabExpert(), task);
 * console.log(String(showTrajectory(trajectory)));
 * await lab.close();
 * ```
 *
 * @module
 */

// Workbench
export { openLab } from "./workbench/open_lab.ts";
export { openWorkbench, type WorkbenchOptions } from "./workbench/open_workbench.ts";
export type { AttemptOptions, Workbench } from "./workbench/workbench.ts";
export type { Tool, ToolParameter } from "./interpreter/interpreter.ts";

// Tasks
export { loadWorld } from "./lab/world/load_world.ts";
export { labBenchmarks, loadLabBenchmark } from "./lab/benchmarks.ts";
export type { DrawOptions, LabBenchmark } from "./lab/question_family.ts";
export {
  loadBenchmark,
  type LoadBenchmarkOptions,
  type LoadedBenchmark,
} from "./tasks/load_benchmark.ts";
export type { AnswerKind, Task } from "./records/task.ts";
export type { AnnotatedHop, Annotation, SupportingFact } from "./records/annotation.ts";

// Search
export { buildIndex, type BuildIndexOptions } from "./retrieval/index/build_index.ts";
export { corpusSource, type PassageSource } from "./retrieval/index/passage_source.ts";
export { openIndex, type OpenIndexOptions, type SearchMode } from "./retrieval/lance_index.ts";
export type { Passage, Retriever, SearchHit } from "./retrieval/retriever.ts";

// Teacher and models
export { createAnnotatedTeacher } from "./annotations/annotated_teacher.ts";
export { createLabExpert, type LabExpertOptions } from "./lab/expert/lab_expert.ts";
export { createOpenAiModel, type OpenAiModelOptions } from "./models/openai/create_openai_model.ts";
export { createStudentModel, type StudentModelOptions } from "./student/student_model.ts";
export {
  type RunningServer,
  serveModels,
  type ServeOptions,
} from "./models/server/serve_models.ts";
export type { ChatModel, ChatRequest, ChatResponse, Completion } from "./models/chat_model.ts";
export type { Message, Role } from "./records/message.ts";

// Attempts
export { type AgentAttempt, runAgent } from "./agent/run_agent.ts";
export { type CotAttempt, type CotOptions, type CotSetup, runCot } from "./agent/run_cot.ts";
export type { AgentOptions } from "./agent/agent_options.ts";
export type { AgentSetup } from "./agent/agent_setup.ts";
export { createInterpreter } from "./interpreter/pyodide/create_interpreter.ts";
export type { InterpreterOptions } from "./interpreter/pyodide/interpreter_options.ts";
export type { Execution, Interpreter, InterpreterSession } from "./interpreter/interpreter.ts";
export type { Paradigm, Trajectory } from "./records/trajectory.ts";
export type { Candidate, Step, StepErrorKind, ToolCall, Vote } from "./records/step.ts";

// Generate
export { generate } from "./generation/generate.ts";
export type { GenerateRequest } from "./generation/generate_request.ts";
export type { GenerationResult } from "./generation/generation_result.ts";
export { openProgress, type ProgressMode } from "./runs/progress/open_progress.ts";
export type { Progress } from "./runs/progress/progress.ts";
export { interruptSignal } from "./cli/notebook/interrupt_signal.ts";
export { type LoadedTrajectories, loadTrajectories } from "./trajectories/load_trajectories.ts";
export {
  importFiles,
  type ImportOptions,
  type ImportSummary,
} from "./trajectories/import/import_files.ts";

// Filter
export {
  filterTrajectories,
  type Selection,
  type SelectionOptions,
} from "./trajectories/filter_trajectories.ts";
export {
  type PreferenceOptions,
  type PreferencePair,
  preferencePairs,
} from "./trajectories/preference_pairs.ts";

// Training data
export {
  tokenizeTrajectories,
  type TokenizeTrajectoriesOptions,
} from "./training_data/tokenize_trajectories.ts";
export type { TokenizedConversations } from "./training_data/tokenize_conversations.ts";
export type { TokenizedExample } from "./training_data/tokenized_example.ts";
export {
  type ExportOptions,
  type ExportSummary,
  writeExport,
} from "./training_data/formats/write_export.ts";

// Train
export { readStoredBase } from "./student/stored_base.ts";
export type { StudentConfig } from "./student/config.ts";
export type { StudentPreset } from "./student/student_presets.ts";
export type { StudentParts } from "./student/generate/engine_options.ts";
export type { Weights } from "./student/weights.ts";
export {
  type TrainedStudent,
  type TrainingProgress,
  type TrainingRecord,
  trainStudent,
  type TrainStudentOptions,
} from "./student/train/train_student.ts";
export { trainToFolder, type TrainToFolderOptions } from "./student/train/train_to_folder.ts";
export type { TrainingSummary } from "./student/train/training_summary.ts";
export { saveStudent, type SaveStudentOptions } from "./student/export/save_student.ts";
export { loadStudent } from "./student/load_student.ts";
export type { Tokenizer } from "./tokenizer/tokenizer.ts";

// Evaluate
export {
  type EvaluateRequest,
  evaluateSystem,
  type EvaluationResult,
} from "./evaluation/evaluate_system.ts";
export type { SystemKind, SystemRequest } from "./evaluation/system_options.ts";
export type { EvaluationRow } from "./evaluation/evaluation_row.ts";
export { type RowContext, rowFromTrajectories } from "./evaluation/row_from_trajectories.ts";
export type { Grade } from "./grading/grade.ts";
export { summarize, type Summary } from "./evaluation/summarize.ts";
export { compareSystems, type PairedComparison } from "./evaluation/compare_systems.ts";

// Distill, sweep, ablate
export {
  distill,
  type DistillRequest,
  type DistillResult,
} from "./experiments/distill/run_distill.ts";
export { type DistillOptions, profiles } from "./experiments/distill/distill_options.ts";
export { sweep, type SweepRequest, type SweepResult } from "./experiments/sweep/sweep.ts";
export { ablate, type AblateRequest } from "./experiments/sweep/ablate.ts";
export type { Ablation } from "./experiments/sweep/ablation.ts";
export {
  improve,
  type ImproveRequest,
  type ImproveResult,
} from "./experiments/improve/run_improve.ts";

// Findings
export { allFindings, findingOf, findingsTable } from "./experiments/findings/all_findings.ts";
export type { Finding, FindingVerdict, JudgedPart } from "./experiments/findings/finding.ts";
export type { FindingInput } from "./experiments/findings/finding_input.ts";
export { storedPaper, storedRealPaper } from "./experiments/paper/stored_paper.ts";

// Tables
export { type Cell, Table, type TableParts } from "./display/table.ts";
export { tableOf } from "./display/table_of.ts";
export { type FlatRecord, recordsTable } from "./report/records_table.ts";
export { mainTable, type MainTableOptions } from "./report/main_table.ts";

// Charts
export { figure } from "./display/figure.ts";
export type { FigureOptions } from "./display/figure_options.ts";
export { Chart, type ChartSpec } from "./display/chart.ts";
export { accuracyChart } from "./report/accuracy_chart.ts";
export { lossChart } from "./report/loss_chart.ts";
export type { LossCurve } from "./report/report_input.ts";
export type { LossPoint } from "./student/train/training_summary.ts";

// Displays
export { showTrajectory } from "./report/trajectory_display.ts";
export { showMask } from "./report/mask_display.ts";
export { showRun } from "./report/viewer/view_run.ts";

// Save and load
export { type LoadedResults, loadResults, type ResultSource } from "./report/load_results.ts";
export { reportResults, type ReportResultsOptions } from "./report/report_results.ts";
export { rowsFrame } from "./evaluation/rows_frame.ts";
export { Random } from "./records/random.ts";
