import { existsSync } from "node:fs";

const CHROMIUM = "/usr/lib/chromium";
const DRIVER = `${CHROMIUM}/vk_swiftshader_icd.json`;
/** Where Linux shows graphics adapters: its own drivers, Nvidia's in containers, Windows' below it. */
const ADAPTERS = ["/dev/dri", "/dev/nvidiactl", "/dev/dxg"];

/**
 * The environment in which onnxruntime finds Chromium's software Vulkan, on a machine that has Chromium and
 * shows no graphics adapter.
 */
export function softwareVulkan(): Readonly<Record<string, string>> {
  const isTold = Deno.env.has("VK_ICD_FILENAMES") || Deno.env.has("VK_DRIVER_FILES");
  if (isTold || ADAPTERS.some((path) => existsSync(path)) || !existsSync(DRIVER)) return {};
  const libraries = [CHROMIUM, Deno.env.get("LD_LIBRARY_PATH") ?? ""].filter((path) => path !== "");
  return { VK_ICD_FILENAMES: DRIVER, LD_LIBRARY_PATH: libraries.join(":") };
}
