// The demo's data, for the default site alone: `demo/seed.sql`, in one transaction, once a version.

import { existsSync, readFileSync } from "node:fs";
import pg from "pg";
import { SetupFailure } from "./failure.mjs";
import { inRoot, isDefaultSite } from "./paths.mjs";

const UNDEFINED_TABLE = "42P01";

export async function seed(line, connectionString) {
  const file = inRoot("demo", "seed.sql");
  if (process.env.FOREBAY_SEED === "0") return line.skip("off, by FOREBAY_SEED=0");
  if (!isDefaultSite() || !existsSync(file)) return line.skip("none, as the site is not the demo");
  const sql = readFileSync(file, "utf8");
  const version = /^-- seed-version:\s*(\S+)/.exec(sql)?.[1];
  const client = new pg.Client({ connectionString });
  client.on("error", () => {});
  await client.connect();
  try {
    if (await isSeeded(client, version)) return line.skip(`version ${version} is in`);
    line.doing(`version ${version}, some 380,000 rows`);
    await inTransaction(client, sql);
    line.done(`version ${version}`);
  } finally {
    await client.end();
  }
}

async function isSeeded(client, version) {
  try {
    const { rowCount } = await client.query("select from demo_seed where version = $1", [version]);
    return rowCount > 0;
  } catch (error) {
    if (error.code === UNDEFINED_TABLE) return false;
    throw error;
  }
}

async function inTransaction(client, sql) {
  try {
    await client.query("begin");
    await client.query(sql);
    await client.query("commit");
  } catch (error) {
    await client.query("rollback").catch(() => {});
    const place = error.position ? ` at character ${error.position}` : "";
    throw new SetupFailure(
      `The demo data could not be made: ${error.message}${place}.`,
      "Mend demo/seed.sql, or start without it: FOREBAY_SEED=0.",
    );
  }
}
