// Moved: notebooks of the last version import it from here.
export { readStoredBase, storedBaseFolder, storedBaseHash } from "../../student/stored_base.ts";
