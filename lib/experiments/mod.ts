/**
 * The parts of experiments: figures of reports, findings and their statistics, stages of a sweep,
 * run files. Whole experiments are `distill`, `sweep` and `ablate` of `@potstill`.
 *
 * @module
 */

// Tables and charts of reports
export { crossTable } from "../display/cross_table.ts";
export { ablationTable } from "../report/ablation_table.ts";
export { pairedTable } from "../report/paired_table.ts";
export { disagreementTable } from "../report/agreement_table.ts";
export { capabilityTable } from "../report/capability_table.ts";
export { codeErrorTable } from "../report/code_error_table.ts";
export { allTraits, tierTable } from "../report/tier_table.ts";
export { recallTable } from "../report/recall_table.ts";
export { recallChart } from "../report/recall_chart.ts";
export { sampleChart } from "../report/sample_chart.ts";
export { improveChart, improveTable } from "../report/improve_report.ts";
export { tokenChart } from "../report/token_chart.ts";
export { voteChart } from "../report/vote_chart.ts";
export { viewRecord } from "../report/viewer/view_record.ts";

// Learning from a student's own attempts
export { makeRollouts, type Rollout, type RolloutOptions } from "../improvement/rollout.ts";
export { type Episode, episodesOf } from "../improvement/episode.ts";
export { groupAdvantages } from "../improvement/group_advantages.ts";
export { policyGradientLessons } from "../improvement/policy_gradient.ts";
export { rejectionLessons } from "../improvement/rejection_sampling.ts";
export { surrogateWeight } from "../improvement/surrogate.ts";
export { type UpdateOptions, updatePolicy } from "../improvement/update_policy.ts";
export { goingOn, goingOnChart, goingOnTable } from "./paper/going_on.ts";
export { type StoredRuns, storedRuns } from "./paper/stored_paper.ts";

// Sweeps
export { sweepFrame } from "./sweep/sweep_frame.ts";
export { sweepTable } from "./sweep/sweep_table.ts";
export { stageKeys } from "./sweep/stage_keys.ts";

// Findings
export { systemRows, tiers } from "./findings/finding_input.ts";
export { type Claim, ofOption, ofRuns, ofSystems, testClaim } from "./findings/claim.ts";
export { accuracy, accuracyContrast, accuracyWithin, perStep, ratio } from "./findings/measured.ts";
export { macroMean, seededBootstrap } from "./findings/seeded_bootstrap.ts";
export { expectedHalfWidth, powerTable, tasksForHalfWidth } from "./findings/power.ts";
export { type StudentKind, verdictsByStudent } from "./findings/verdicts_by_student.ts";
export { pairedDifference } from "./findings/seeded_tasks.ts";
export { tierChart, tierMeansTable, tierPoints, tierRows } from "./paper/tier_figures.ts";

// Generation runs
export { fileStepStore } from "../generation/file_step_store.ts";
export { resolveGenerationOptions } from "../generation/generation_options.ts";
export { runGeneration } from "../generation/run_generation.ts";

// Run files
export { defaultRunsFolder } from "../runs/run_folder.ts";
export { writeFileAtomic, writeJsonAtomic } from "../runs/atomic_write.ts";
export { jsonLine, readJsonl, writeJsonl } from "../runs/jsonl.ts";
export { readManifest } from "../runs/read_manifest.ts";
export { formatDuration } from "../runs/progress/progress_line.ts";
