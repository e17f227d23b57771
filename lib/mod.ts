/**
 * Potstill distils LLM agents into small models. These are the entry points; every stage has its own
 * folder beside this file, see `docs/architecture.md`.
 *
 * @module
 */
export { distill } from "./distill/run_distill.ts";
export { openLab } from "./workbench/open_lab.ts";
export { createLabExpert } from "./lab/expert/lab_expert.ts";
export { labBenchmarks, loadLabBenchmark } from "./lab/benchmarks.ts";
export { runAgent } from "./agent/run_agent.ts";
export { runCot } from "./cot/run_cot.ts";
export { filterTrajectories } from "./filter/filter_trajectory.ts";
export { trainStudent } from "./student/train/train_student.ts";
export { createStudentModel } from "./models/student_model.ts";
export { gradeTask } from "./evaluation/grade_task.ts";
export { writeReport } from "./report/write_report.ts";
