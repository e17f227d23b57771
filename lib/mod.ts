/**
 * Potstill distils LLM agents into small models. These are the entry points; every stage has its own
 * folder beside this file, see `docs/architecture.md`.
 *
 * @module
 */
export { distill } from "./experiments/distill/run_distill.ts";
export { openLab } from "./workbench/open_lab.ts";
export { createLabExpert } from "./lab/expert/lab_expert.ts";
export { labBenchmarks, loadLabBenchmark } from "./lab/benchmarks.ts";
export { runAgent } from "./agent/run_agent.ts";
export { runCot } from "./agent/run_cot.ts";
export { filterTrajectories } from "./trajectories/filter_trajectory.ts";
export { trainStudent } from "./student/train/train_student.ts";
export { createStudentModel } from "./student/student_model.ts";
export { gradeTask } from "./grading/grade_task.ts";
export { writeReport } from "./report/write_report.ts";
