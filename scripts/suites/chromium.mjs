// Where this machine has Chromium, or a browser made from it: `CHROMIUM_PATH`, or the usual places.

import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";

const NAMES = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];
const FOLDERS = ["/usr/bin", "/usr/local/bin", "/snap/bin"];
const APPLICATIONS = [
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
  "/Applications/Chromium.app/Contents/MacOS/Chromium",
];

/** The path of an executable, or undefined. */
export function findChromium() {
  const folders = [...(process.env.PATH ?? "").split(delimiter), ...FOLDERS];
  const usual = NAMES.flatMap((name) => folders.map((folder) => join(folder, name)));
  return [process.env.CHROMIUM_PATH, ...usual, ...APPLICATIONS].find(isExecutable);
}

function isExecutable(path) {
  try {
    if (path) accessSync(path, constants.X_OK);
    return Boolean(path);
  } catch {
    return false;
  }
}
