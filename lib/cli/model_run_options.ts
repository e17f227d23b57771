/** The options of commands that train a model to be stored: where it goes, and how its run is resumed. */
export const modelRunOptions = {
  run: {
    type: "string",
    placeholder: "FOLDER",
    defaultNote: "a new one in data/runs/",
    description: "Folder of the run",
  },
  resume: {
    type: "boolean",
    description: "Continue the run in --run, or the latest one with the same options",
  },
  json: {
    type: "boolean",
    description: "Print the figures as one JSON object, as the last line",
  },
} as const;
