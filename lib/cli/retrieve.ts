import { openLabIndex } from "../lab/lab_index.ts";
import { openWithEncoder } from "../retrieval/open_with_encoder.ts";
import { retrieveClient } from "../retrieval/server/retrieve_client.ts";
import { toDocument } from "../retrieval/server/retrieve_contract.ts";
import { serveRetriever } from "../retrieval/server/serve_retriever.ts";
import type { LanceIndex } from "../retrieval/lance_index.ts";
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
  recall: {
    type: "string",
    multiple: true,
    placeholder: "FILE",
    description: "Benchmark file of which the gold passages are searched for; may be repeated",
  },
  recallAt: {
    type: "integer",
    list: true,
    min: 1,
    max: 1000,
    placeholder: "N,...",
    defaultNote: "2,5,10",
    description: "Numbers of hits at which the recall is told",
  },
  goldBy: {
    type: "string",
    choices: ["id", "title"],
    defaultNote: "id if the index has any of the ids, else title",
    description: "Way in which gold passages are told",
  },
  benchmarkName: {
    type: "string",
    placeholder: "NAME",
    defaultNote: "recognised by the fields of its examples",
    description: "Name of the benchmark in the files of --recall",
  },
  json: { type: "boolean", description: "Print the recall as one line of JSON per file" },
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
  summary:
    "Search an index, measure its recall, or serve it over the reference's /retrieve contract",
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

--recall tells the share of a benchmark's gold passages among the best hits for the question's own words,
for full text, dense and hybrid search, with 95% intervals, and by kind of question. A gold passage that
the index does not have counts as not found, and is counted apart.

Examples:
  deno task potstill retrieve data/wiki --recall hotpot_dev.json --recall-at 2,5,20
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
    const { recall } = values;
    if (!values.serve && queries.length === 0 && recall.length === 0) {
      throw new UsageError("Nothing to do: pass a QUERY, --recall FILE, or --serve");
    }
    if (recall.length > 0 && /^https?:\/\//.test(location)) {
      throw new UsageError("Option --recall needs an index: a server does not say what it holds");
    }
    const isElsewhere = location === "lab" || /^https?:\/\//.test(location);
    if (values.device !== undefined && (isElsewhere || values.mode === "full-text")) {
      throw new UsageError(
        `Option --device is for an index with a local encoder, not for ${
          isElsewhere ? location : "full text"
        }`,
      );
    }
    const opened = await open(location, values);
    try {
      for (const query of queries) {
        const hits = await opened.retriever.search(query, values.topK);
        console.log(JSON.stringify({ query, result: hits.map(toDocument) }));
      }
      if (recall.length > 0) await tellRecall(opened.index!, values);
      if (values.serve) await serve(opened.retriever, values);
      return 0;
    } finally {
      await opened.close();
    }
  });
}

/** What is searched; the index if it is on this machine. */
interface Opened {
  readonly retriever: Retriever;
  readonly index?: LanceIndex;
  close(): Promise<void>;
}

async function open(
  location: string,
  values: OptionValues<typeof OPTIONS>,
): Promise<Opened> {
  if (/^https?:\/\//.test(location)) {
    return { retriever: retrieveClient(location), close: () => Promise.resolve() };
  }
  if (location === "lab") {
    const index = await openLabIndex();
    const retriever = values.mode ? index.withMode(values.mode) : index;
    return { retriever, index, close: () => Promise.resolve(index.close()) };
  }
  const { index, close } = await openWithEncoder(
    location,
    { mode: values.mode, storageOptions: storageOptions(values) },
    encoderOptions(values),
  );
  return { retriever: index, index, close };
}

async function tellRecall(index: LanceIndex, values: OptionValues<typeof OPTIONS>): Promise<void> {
  const hasVectors = index.about.encoder !== null;
  const all = hasVectors ? ["full-text", "dense", "hybrid"] as const : ["full-text"] as const;
  const { printRecall } = await import("./retrieve_recall.ts");
  const stop = softStop(() => console.error("Stopping"));
  try {
    await printRecall(index, {
      files: values.recall,
      benchmarkName: values.benchmarkName,
      modes: values.mode === undefined ? all : [values.mode],
      ks: [...new Set(values.recallAt ?? [2, 5, 10])].sort((a, b) => a - b),
      goldBy: values.goldBy,
      json: values.json,
      signal: stop.signals.signal,
    });
  } finally {
    stop.release();
  }
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
