// The schema: dbmate applies the plain SQL files of `migrations/`, the folder beside the
// configuration.

import { existsSync, readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { capture } from "./command.mjs";
import { SetupFailure } from "./failure.mjs";
import { configFile, inRoot } from "./paths.mjs";

export async function migrate(line, databaseUrl) {
  const directory = join(dirname(configFile()), "migrations");
  if (!existsSync(directory)) return line.skip("the site has none");
  const args = [
    inRoot("node_modules", "dbmate", "dist", "cli.js"),
    "--migrations-dir",
    directory,
    "--no-dump-schema",
    "migrate",
  ];
  line.doing("dbmate migrate");
  // By the environment: a command line can be read by everybody on the machine.
  const { code, stdout, stderr } = await capture(process.execPath, args, {
    env: { DATABASE_URL: databaseUrl },
  });
  if (code !== 0) {
    throw new SetupFailure(
      "A migration failed.",
      `Its error is above; the files are in ${directory}.`,
      stdout + stderr,
    );
  }
  const applied = (stdout + stderr).split("\n").filter((each) => each.startsWith("Applied")).length;
  const all = readdirSync(directory).filter((each) => each.endsWith(".sql")).length;
  if (applied === 0) line.skip(`all ${all} applied`);
  else line.done(`${applied} of ${all} applied`);
}
