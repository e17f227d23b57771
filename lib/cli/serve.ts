import type { ServedModel } from "../models/server/chat_server.ts";
import { TEXT_FORMS } from "../models/chat_model.ts";
import { deviceOption, providerOf } from "../onnx/device.ts";
import { defineCommand, UsageError } from "./options.ts";
import { runCommand } from "./run_command.ts";
import { SERVER_OPTIONS, serverAccess } from "./server_options.ts";

const COMMAND = defineCommand({
  name: "serve",
  summary: "Serve a student or the lab's expert over the OpenAI chat-completions protocol",
  options: {
    student: {
      type: "string",
      multiple: true,
      placeholder: "STUDENT",
      description:
        "A Hugging Face folder, GGUF file, name of the hub or size of the lab; listed under its name",
    },
    labExpert: { type: "boolean", description: "Serve the lab's scripted expert as lab-expert" },
    port: {
      type: "integer",
      min: 0,
      max: 65535,
      default: 8080,
      short: "p",
      description: "Port; 0 takes a free one",
    },
    ...SERVER_OPTIONS,
    concurrency: {
      type: "integer",
      min: 1,
      default: 16,
      description: "Concurrent requests; others wait in order",
    },
    threads: {
      type: "integer",
      min: 1,
      defaultNote: "the machine's",
      description: "Threads of a student",
    },
    device: deviceOption("runs a student"),
    seed: { type: "integer", default: 0, description: "Seed of the lab's expert" },
  },
  notes: `Answers POST /v1/chat/completions, GET /v1/models and GET /health. A request's fields are
temperature, top_p, top_k, min_p, max_tokens, n, stop, seed, logprobs, stream,
continue_final_message and, for students, grammar ("agent-turn"); any other that would change the answer is an error. A host name other than
localhost is refused without a key, so that no web page can use the server. Ctrl-C lets requests
under way end, and stops.

Examples:
  deno task potstill serve --lab-expert --port 8080
  deno task potstill serve --student data/runs/mine/students/agent
  curl http://127.0.0.1:8080/v1/chat/completions -d '{"model": "lab-expert", "messages":
    [{"role": "user", "content": "Kisiwani lies in a country. What is the top-level domain of that country?"}]}'`,
});

/**
 * The command `deno task potstill serve`.
 *
 * @returns the exit code
 *
 * @example
 * ```ts
 * import { runServe } from "@potstill/cli/serve.ts";
 * if (await runServe(["--help"]) !== 0) throw new Error("no help");
 * ```
 */
export function runServe(args: string[]): Promise<number> {
  return runCommand(COMMAND, args, async ({ values, given }) => {
    if (!values.labExpert && values.student.length === 0) {
      throw new UsageError("Nothing to serve: pass --lab-expert or --student FOLDER");
    }
    if (given.has("device") && values.student.length === 0) {
      throw new UsageError("Option --device is for a --student: the lab's expert is a script");
    }
    const access = serverAccess(values);
    const models: ServedModel[] = [];
    const disposers: (() => Promise<void>)[] = [];
    if (values.labExpert) {
      const { createLabExpert } = await import("../lab/expert/lab_expert.ts");
      models.push({ id: "lab-expert", model: createLabExpert({ seed: values.seed }) });
    }
    for (const student of values.student) {
      const { createStudentModel } = await import("../student/student_model.ts");
      const { findStudent } = await import("../student/find_student.ts");
      const { downloadProgress } = await import("../http/hub/download_progress.ts");
      const { openProgress } = await import("../runs/progress/open_progress.ts");
      const { name: id, path } = await findStudent(student, {
        onBytes: downloadProgress(openProgress()),
      });
      const model = await createStudentModel(path, {
        name: id,
        threads: values.threads,
        executionProvider: providerOf(values.device),
      });
      models.push({
        id,
        model,
        logprobs: true,
        grammars: TEXT_FORMS,
        contextTokens: model.contextTokens,
      });
      disposers.push(() => model.dispose());
    }
    const { serveModels } = await import("../models/server/serve_models.ts");
    const { port, host, concurrency } = values;
    const server = serveModels(models, { port, hostname: host, concurrency, ...access });
    console.log(`Serving ${models.map(({ id }) => id).join(", ")} at ${server.baseUrl}`);
    await interrupted();
    await server.close();
    for (const dispose of disposers) await dispose();
    return 0;
  });
}

/** Resolves at the first Ctrl-C; the second ends the process at once. */
function interrupted(): Promise<void> {
  return new Promise((resolve) => {
    let count = 0;
    const stop = () => {
      if (++count > 1) Deno.exit(130);
      resolve();
    };
    const signals: Deno.Signal[] = Deno.build.os === "windows" ? ["SIGINT"] : ["SIGINT", "SIGTERM"];
    for (const signal of signals) Deno.addSignalListener(signal, stop);
  });
}
