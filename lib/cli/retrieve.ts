import { defaultCacheFolder, openLabIndex } from "../lab/lab_index.ts";
import { openWithEncoder } from "../retrieval/open_with_encoder.ts";
import { retrieveClient } from "../retrieval/server/retrieve_client.ts";
import { toDocument } from "../retrieval/server/retrieve_contract.ts";
import { serveRetriever } from "../retrieval/server/serve_retriever.ts";
import type { Retriever } from "../retrieval/retriever.ts";
import { ENCODER_OPTIONS, encoderOptions } from "./encoder_options.ts";
import type { OptionValues } from "../records/option_table.ts";
import { defineCommand, UsageError } from "./options.ts";
import { runCommand } from "./run_command.ts";
import { SERVER_OPTIONS, serverAccess } from "./server_options.ts";
import { softStop } from "./soft_stop.ts";
import { STORAGE_OPTIONS, storageOptions } from "./storage_options.ts";

const OPTIONS = {
  mode: {
    type: "string",
    choices: ["full-text", "dense", "hybrid", "exact"],
    defaultNote: "hybrid, or full-text in an index without vectors",
    description: "Search mode",
  },
  topK: { type: "integer", min: 1, default: 3, description: "Passages for each query" },
  serve: { type: "boolean", description: "Answer POST /retrieve until Ctrl-C" },
  port: {
    type: "integer",
    min: 0,
    max: 65535,
    default: 8000,
    short: "p",
    description: "Port; 0 takes a free one",
  },
  ...SERVER_OPTIONS,
  concurrency: { type: "integer", min: 1, default: 16, description: "Concurrent searches" },
  ...ENCODER_OPTIONS,
  ...STORAGE_OPTIONS,
} as const;

const COMMAND = defineCommand({
  name: "retrieve",
  summary: "Search an index, or serve it over the reference's /retrieve contract",
  positionals: [
    {
      name: "WHERE",
      description: "lab, the folder or address of an index, or the URL of a /retrieve server",
    },
    { name: "QUERY", description: "The query", optional: true, rest: true },
  ],
  options: OPTIONS,
  notes: `Each query gives one JSON line: {"query", "result": [{"document": {"id", "contents"},
"score"}]}. The encoder of an index is found by itself where it was when the index was built.

Examples:
  deno task potstill retrieve lab "capital of Chad"
  deno task potstill retrieve data/wiki --serve --port 8000
  curl http://127.0.0.1:8000/retrieve -d '{"queries": ["capital of Chad"], "topk": 3,
    "return_scores": true}'`,
});

/**
 * The command `deno task potstill retrieve`.
 *
 * @returns the exit code
 *
 * @example
 * ```ts
 * import { runRetrieve } from "@potstill/cli/retrieve.ts";
 * if (await runRetrieve(["--help"]) !== 0) throw new Error("no help");
 * ```
 */
export function runRetrieve(args: string[]): Promise<number> {
  return runCommand(COMMAND, args, async ({ values, positionals: [location, ...queries] }) => {
    if (!values.serve && queries.length === 0) {
      throw new UsageError("Nothing to do: pass a QUERY, or --serve");
    }
    const opened = await open(location, values);
    try {
      for (const query of queries) {
        const hits = await opened.retriever.search(query, values.topK);
        console.log(JSON.stringify({ query, result: hits.map(toDocument) }));
      }
      if (values.serve) await serve(opened.retriever, values);
      return 0;
    } finally {
      await opened.close();
    }
  });
}

async function open(
  location: string,
  values: OptionValues<typeof OPTIONS>,
): Promise<{ readonly retriever: Retriever; close(): Promise<void> }> {
  if (/^https?:\/\//.test(location)) {
    return { retriever: retrieveClient(location), close: () => Promise.resolve() };
  }
  if (location === "lab") {
    const index = await openLabIndex();
    const retriever = values.mode ? index.withMode(values.mode) : index;
    return { retriever, close: () => Promise.resolve(index.close()) };
  }
  const { index, close } = await openWithEncoder(
    location,
    { mode: values.mode, storageOptions: storageOptions(values) },
    encoderOptions(values, defaultCacheFolder),
  );
  return { retriever: index, close };
}

async function serve(retriever: Retriever, values: OptionValues<typeof OPTIONS>): Promise<void> {
  const { port, host: hostname, concurrency, topK } = values;
  const access = serverAccess(values);
  const server = serveRetriever(retriever, {
    port,
    hostname,
    concurrency,
    defaultTopK: topK,
    ...access,
  });
  const stop = softStop(() => console.error("Stopping after the requests under way"));
  console.log(`Serving ${retriever.name} at ${server.url}`);
  await new Promise((resolve) => {
    stop.signals.signal.addEventListener("abort", resolve, { once: true });
  });
  await server.close();
  stop.release();
}
