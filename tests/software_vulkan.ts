import { existsSync } from "node:fs";

const CHROMIUM = "/usr/lib/chromium";
const DRIVER = `${CHROMIUM}/vk_swiftshader_icd.json`;

/**
 * The environment in which onnxruntime finds Chromium's software Vulkan, on a machine that has Chromium and no
 * graphics adapter of its own.
 */
export function softwareVulkan(): Readonly<Record<string, string>> {
  const isTold = Deno.env.has("VK_ICD_FILENAMES") || Deno.env.has("VK_DRIVER_FILES");
  if (isTold || existsSync("/dev/dri") || !existsSync(DRIVER)) return {};
  return { VK_ICD_FILENAMES: DRIVER, LD_LIBRARY_PATH: CHROMIUM };
}
