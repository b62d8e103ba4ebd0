// The files of public/. What is named after its hash is kept by browsers for ever, so a file that
// was changed under its old name would reach nobody.

import { createHash } from "node:crypto";
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { expect, test } from "vitest";
import { inRoot } from "../../scripts/setup/paths.mjs";

const HASH_DIGITS = 10;
const assets = readdirSync(inRoot("public", "assets"));
const index = readFileSync(inRoot("public", "index.html"), "utf8");
const mentioned = [...index.matchAll(/(?:src|href)="(\/[^"?#]*)"/g)].map(([, path]) => path);
const files = mentioned.filter((path) => !path.startsWith("/api/"));

test.each(assets)("%s is named after its SHA-256", (name) => {
  const content = readFileSync(inRoot("public", "assets", name));
  const hash = createHash("sha256").update(content).digest("hex").slice(0, HASH_DIGITS);
  expect(name).toMatch(new RegExp(`^[a-z]+-${hash}\\.[a-z0-9]+$`));
});

test("the start page refers to files that exist, and to every asset", () => {
  const missing = files.filter((path) => !existsSync(inRoot("public", path)));
  expect(missing).toEqual([]);
  expect(files).toEqual(expect.arrayContaining(assets.map((name) => `/assets/${name}`)));
  expect(files).toContain("/favicon.svg");
});
