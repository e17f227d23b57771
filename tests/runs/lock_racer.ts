// Takes a folder's lock, says so, and keeps it until its input ends.
import { lockBeside, LockedError, lockFolder } from "../../lib/runs/folder_lock.ts";

const [how, path] = Deno.args;
try {
  await (how === "beside" ? lockBeside : lockFolder)(path, "racer");
  console.log("got it");
  await new Response(Deno.stdin.readable).text();
} catch (error) {
  if (!(error instanceof LockedError)) throw error;
  console.log(error.message);
}
// As if killed: the lock stays.
Deno.exit(0);
