// What malformed requests get: a problem that names what is wrong, no query where that can be known
// before, and a Worker that lives on.

import { Readable } from "node:stream";
import { afterEach, describe, expect, test } from "vitest";
import { edge } from "./support/edge.js";
import { bearer } from "./support/workers.js";

const here = edge("bad_input", { site: "demo" });

const PITCH = { author_id: 1, title: "A title", body: "A body.", category: "energy" };

const post = (body, headers = {}) =>
  here.worker.ask("/api/pitches", {
    method: "POST",
    headers: { ...bearer, "content-type": "application/json", ...headers },
    body,
  });

/** A problem document of this status and type, which names these parameters. */
function expectProblem(answer, status, type, names) {
  expect([answer.status, answer.text()]).toEqual([status, expect.any(String)]);
  expect(answer.headers["content-type"]).toBe("application/problem+json");
  expect(answer.headers["cache-control"]).toBe("no-store");
  const problem = answer.json();
  expect(problem).toMatchObject({
    type: `urn:forebay:problem:${type}`,
    status,
    request_id: answer.headers["x-request-id"],
  });
  if (names) {
    expect(problem.parameters.map(({ name }) => name)).toEqual(names);
    for (const { reason } of problem.parameters) expect(reason).toMatch(/\w/);
  }
  expect(answer.text()).not.toMatch(/select |insert |\$1|pitches_|sqlstate|postgres/i);
}

/** Does something that must not reach the database. */
async function withoutQuery(work) {
  const before = await here.database.calls();
  await work();
  expect(await here.database.calls()).toBe(before);
}

afterEach(async () => {
  const answer = await here.worker.ask("/api/pitches/1");
  expect(answer.status).toBe(200);
});

describe("parameters of path and query string", () => {
  test.each([
    ["letters for a bigint", "/api/pitches/one", ["id"]],
    ["a number beyond bigint", "/api/pitches/9223372036854775808", ["id"]],
    ["a fraction", "/api/pitches/1.5", ["id"]],
    ["an injection", "/api/pitches/1%20or%201=1", ["id"]],
    ["a letter among digits", "/api/users/1a", ["id"]],
    ["a wrong cursor and a wrong limit", "/api/pitches?cursor=x&limit=y", ["cursor", "limit"]],
    ["a number beyond int", "/api/pitches?limit=99999999999", ["limit"]],
    ["a missing one", "/api/search", ["q"]],
    ["a repeated one", "/api/pitches?limit=1&limit=2", ["limit"]],
    ["NUL in a text", "/api/search?q=a%00b", ["q"]],
    ["invalid UTF-8", "/api/search?q=%ff%fe", ["q"]],
    ["half a percent sign", "/api/pitches?limit=%", ["limit"]],
    ["too long a text", `/api/search?q=${"x".repeat(1025)}`, ["q"]],
  ])("%s", async (_, target, names) => {
    await withoutQuery(async () => {
      expectProblem(await here.worker.ask(target), 400, "bad-parameters", names);
    });
  });

  test.each([
    ["no date", "birthdate=yesterday"],
    ["a day that is not in the calendar", "birthdate=2023-02-30"],
    ["another notation", "birthdate=31.12.1980"],
  ])("a birth date that is %s", async (_, search) => {
    await withoutQuery(async () => {
      const answer = await here.worker.ask(`/api/patients?${search}`, { headers: bearer });
      expectProblem(answer, 400, "bad-parameters", ["birthdate"]);
    });
  });

  test.each([
    ["NUL", "/api/keys/a%00b"],
    ["invalid UTF-8", "/api/keys/%ff"],
    ["half a percent sign", "/api/keys/%"],
  ])("a path with %s is a client's mistake", async (_, target) => {
    await withoutQuery(async () => {
      expectProblem(await here.worker.ask(target), 400, "bad-path");
    });
  });

  test("an encoded slash stays inside its segment, and is a key like any other", async () => {
    const answer = await here.worker.ask("/api/keys/..%2f..%2fetc");
    expect([answer.status, answer.json().type]).toEqual([404, "urn:forebay:problem:not-found"]);
  });

  test.each([
    ["the query string", `/api/search?q=${"x".repeat(10_000_000)}`],
    ["the path", `/api/keys/${"x".repeat(10_000_000)}`],
  ])("ten megabytes in %s are refused, by whichever layer sees them first", async (_, target) => {
    await withoutQuery(async () => {
      const answer = await here.worker.ask(target).catch((error) => error.code);
      // The runtime may end the connection while the rest of the line is still being sent.
      if (typeof answer === "string") expect(answer).toMatch(/^(ECONNRESET|EPIPE)$/);
      else expect([400, 413, 414, 431]).toContain(answer.status);
    });
  });

  test("sixty kilobytes in the query string are refused with the parameter's name", async () => {
    await withoutQuery(async () => {
      const answer = await here.worker.ask(`/api/search?q=${"x".repeat(60_000)}`);
      expectProblem(answer, 400, "bad-parameters", ["q"]);
    });
  });

  test("what no route names does not count, however odd", async () => {
    await here.worker.ask("/api/pitches/2");
    const answer = await here.worker.ask("/api/pitches/2?x=%ff&%00=%&limit=one");
    expect([answer.status, answer.headers["x-cache-status"]]).toEqual([200, "HIT"]);
  });
});

describe("bodies", () => {
  const json = (value) => JSON.stringify(value);
  const nested = (depth) => `${"[".repeat(depth)}${"]".repeat(depth)}`;

  test.each([
    ["an unknown field", json({ ...PITCH, colour: "red" }), ["colour"]],
    ["several mistakes at once", json({ title: 7, tags: "x", colour: 1 }), [
      "author_id", "title", "body", "category", "tags", "colour",
    ]],
    ["a field given twice", '{"title":"a","title":"b","author_id":1,"body":"c","category":"energy"}', [
      "title",
    ]],
    ["a text for a number", json({ ...PITCH, author_id: "one" }), ["author_id"]],
    ["an object for a number", json({ ...PITCH, author_id: { a: 1 } }), ["author_id"]],
    ["a number for a text", json({ ...PITCH, title: 1 }), ["title"]],
    ["a text for an array", json({ ...PITCH, tags: "a" }), ["tags"]],
    ["a number in an array of texts", json({ ...PITCH, tags: ["a", 1] }), ["tags"]],
    ["NUL in a text", json({ ...PITCH, title: "a\0b" }), ["title"]],
    ["a required field left out", json({ ...PITCH, title: undefined }), ["title"]],
    ["null for a required field", json({ ...PITCH, title: null }), ["title"]],
    ["half a surrogate pair", '{"title":"\\ud800","author_id":1,"body":"c","category":"energy"}', [
      "title",
    ]],
    ["broken JSON", '{"title": ', ["body"]],
    ["an array for the object", "[1]", ["body"]],
    ["a text for the object", '"hello"', ["body"]],
    ["JSON with more behind it", `${json(PITCH)} {}`, ["body"]],
    ["invalid UTF-8", Buffer.from([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x3a, 0x31, 0x7d]), ["body"]],
    ["nesting ten thousand deep", `{"tags":${nested(10_000)}}`, ["body"]],
    ["nesting two hundred thousand deep", `{"tags":${nested(200_000)}}`, ["body"]],
  ])("%s", async (_, body, names) => {
    await withoutQuery(async () => {
      const answer = await post(body);
      expect(answer.status).toBe(400);
      const named = answer.json().parameters.map(({ name }) => name);
      expect(named).toEqual(expect.arrayContaining(names));
      expectProblem(answer, 400, "bad-parameters");
    });
  });

  test("none at all, where one is needed", async () => {
    await withoutQuery(async () => {
      const answer = await here.worker.ask("/api/pitches", { method: "POST", headers: bearer });
      const names = ["author_id", "title", "body", "category"];
      expectProblem(answer, 400, "bad-parameters", names);
    });
  });

  test.each([
    ["a form", "application/x-www-form-urlencoded"],
    ["plain text", "text/plain"],
    ["nothing", ""],
    ["something like JSON", "application/json-seq"],
  ])("a body that says it is %s", async (_, type) => {
    await withoutQuery(async () => {
      const answer = await post(json(PITCH), { "content-type": type });
      expectProblem(answer, 415, "unsupported-media-type");
    });
  });

  test("over the limit, with its length told before", async () => {
    await withoutQuery(async () => {
      const answer = await post(json({ ...PITCH, body: "x".repeat(1024 * 1024) }));
      expectProblem(answer, 413, "body-too-large");
    });
  });

  test("over the limit, in chunks of untold number", async () => {
    await withoutQuery(async () => {
      const chunks = Array.from({ length: 40 }, () => "x".repeat(64 * 1024));
      // The answer may come, and the connection end, while the rest is still being sent.
      const answer = await post(Readable.from(chunks)).catch((error) => error.code);
      if (typeof answer === "string") expect(answer).toMatch(/^(ECONNRESET|EPIPE)$/);
      else expectProblem(answer, 413, "body-too-large");
    });
  });

  test("in chunks and under the limit, it is taken", async () => {
    const body = json({ ...PITCH, title: "In chunks" });
    const answer = await post(Readable.from([body.slice(0, 20), body.slice(20)]));
    expect([answer.status, answer.json().title]).toEqual([201, "In chunks"]);
  });
});

describe("what only the database can judge", () => {
  test.each([
    ["a title that the author has pitched before", { title: "Pitch 20" }, 409, "conflict"],
    ["an author who is not there", { author_id: 4711 }, 409, "conflict"],
    ["an unknown category", { category: "nonsense" }, 422, "unprocessable"],
    ["an empty title", { title: "" }, 422, "unprocessable"],
    ["too many tags", { tags: Array(11).fill("t") }, 422, "unprocessable"],
    ["null among the tags", { tags: [null] }, 422, "unprocessable"],
  ])("%s", async (_, change, status, type) => {
    const answer = await post(JSON.stringify({ ...PITCH, ...change }));
    expectProblem(answer, status, type);
  });

  test("a search of odd punctuation is a search like any other", async () => {
    for (const q of ["'", '"', "a & | !", "\\", "%25_", "-", "()", ":*"]) {
      const answer = await here.worker.ask(`/api/search?q=${encodeURIComponent(q)}`);
      expect([q, answer.status]).toEqual([q, 200]);
    }
  });
});
