// Writes: bodies bound to parameters, and answers that nobody keeps.

import { describe, expect, test } from "vitest";
import { edge } from "./support/edge.js";
import { bearer } from "./support/workers.js";

describe("writes of the demo", () => {
  const here = edge("writes_demo", { site: "demo" });
  const write = (method, target, json) =>
    here.worker.ask(target, { method, headers: bearer, json });

  test("a pitch is made, changed, and deleted", async () => {
    const made = await write("POST", "/api/pitches", {
      author_id: 3,
      title: "Wärme aus dem Fluß 🌊",
      body: "Quotes ' \" \\ and\nlines",
      category: "energy",
      tags: ["a,b", "{c}", 'd"e', "NULL", "", "ü"],
    });
    expect(made.status).toBe(201);
    expect(made.headers["cache-control"]).toBe("no-store");
    expect(made.headers["x-cache-status"]).toBe("BYPASS");
    expect(made.headers["content-type"]).toBe("application/json");
    const pitch = made.json();
    expect(pitch).toMatchObject({
      author_id: 3,
      title: "Wärme aus dem Fluß 🌊",
      body: "Quotes ' \" \\ and\nlines",
      tags: ["a,b", "{c}", 'd"e', "NULL", "", "ü"],
      status: "open",
      view_count: 0,
    });
    const target = `/api/pitches/${pitch.id}`;

    const changed = await write("PATCH", target, { status: "funded", title: null });
    expect(changed.status).toBe(200);
    expect(changed.json()).toMatchObject({ id: pitch.id, status: "funded", title: pitch.title });

    const deleted = await write("DELETE", target);
    expect([deleted.status, deleted.json()]).toEqual([200, { id: pitch.id }]);
    for (const method of ["DELETE", "PATCH"]) {
      const gone = await write(method, target, method === "PATCH" ? { status: "open" } : undefined);
      expect([gone.status, gone.json().type]).toEqual([404, "urn:forebay:problem:not-found"]);
    }
  });

  test("the same write twice is done twice: nothing of it is kept", async () => {
    const pitch = (title) => ({ author_id: 4, title, body: "b", category: "other" });
    const first = await write("POST", "/api/pitches", pitch("One"));
    const second = await write("POST", "/api/pitches", pitch("Two"));
    expect(second.json().id).toBeGreaterThan(first.json().id);
    const conflict = await write("POST", "/api/pitches", pitch("Two"));
    expect(conflict.status).toBe(409);
  });

  test("thirty writes at once are all done", async () => {
    const answers = await Promise.all(
      Array.from({ length: 30 }, (_, index) =>
        write("POST", "/api/pitches", {
          author_id: 5,
          title: `At once ${index}`,
          body: "b",
          category: "other",
        }),
      ),
    );
    expect(answers.map(({ status }) => status)).toEqual(Array(30).fill(201));
    const rows = await here.database.sql(
      "select count(*)::int from pitches where starts_with(title, 'At once')",
    );
    expect(rows).toEqual([{ count: 30 }]);
  });

  test("what the path names, a body cannot", async () => {
    const answer = await write("PATCH", "/api/pitches/1", { id: 2, status: "closed" });
    expect(answer.status).toBe(400);
    expect(answer.json().parameters).toEqual([
      { name: "id", reason: "is no field that this request takes" },
    ]);
  });
});

describe("bodies and statements of every kind", () => {
  const here = edge("writes", {});
  const echo = (json) => here.worker.ask("/echo", { method: "POST", json });

  test("each type arrives as it was sent", async () => {
    const sent = {
      words: 'A "quoted" \\ text, ‘typographic’, 漢字, 😀, \u0001 and \t',
      list: ["x", null, "NULL", "", "a,b", "{}", '"', "\\"],
      numbers: [1, "9007199254740993", -5],
      document: { deep: [{ a: null }, 1.5, "é", true], empty: {} },
      flag: false,
      amount: "12345678901234567890.123456789",
    };
    const answer = await echo(sent);
    // Nothing was created: the statement only reads.
    expect(answer.status).toBe(200);
    const { numbers, amount, ...same } = answer.json();
    const { numbers: _, amount: __, ...expected } = sent;
    expect(same).toEqual(expected);
    // Digits that a JavaScript number would lose.
    expect(answer.text()).toContain('"numbers":[1,9007199254740993,-5]');
    expect(answer.text()).toContain('"amount":12345678901234567890.123456789');
  });

  test("an absent field and null are the same: NULL", async () => {
    const nothing = { list: null, numbers: null, document: null, flag: null, amount: null };
    expect((await echo({ words: "w" })).json()).toEqual({ words: "w", ...nothing });
    expect((await echo({ words: "w", ...nothing })).json()).toEqual({ words: "w", ...nothing });
    const empty = (await echo({ words: "", list: [], numbers: [] })).json();
    expect(empty).toMatchObject({ words: "", list: [], numbers: [] });
  });

  test("what looks like SQL is text", async () => {
    const words = "'); drop table things; --";
    expect((await echo({ words })).json().words).toBe(words);
    expect(await here.database.sql("select count(*)::int from things")).toEqual([{ count: 500 }]);
  });

  test("a statement without rows is 204 when it did something, else 404", async () => {
    const made = await here.worker.ask("/things", {
      method: "POST",
      json: { id: 700, note: "new" },
    });
    expect([made.status, made.body.length]).toEqual([204, 0]);
    expect(made.headers["cache-control"]).toBe("no-store");
    const gone = await here.worker.ask("/things/700", { method: "DELETE" });
    expect([gone.status, gone.body.length]).toEqual([204, 0]);
    const again = await here.worker.ask("/things/700", { method: "DELETE" });
    expect([again.status, again.json().type]).toEqual([404, "urn:forebay:problem:not-found"]);
  });

  test("a required value that is null is told by its name", async () => {
    const answer = await here.worker.ask("/things", { method: "POST", json: { id: 701 } });
    expect(answer.status).toBe(422);
    expect(answer.json().parameters).toEqual([{ name: "note", reason: "is required" }]);
    const twice = { id: 1, note: "again" };
    const conflict = await here.worker.ask("/things", { method: "POST", json: twice });
    expect(conflict.status).toBe(409);
    expect(conflict.text()).not.toMatch(/things|pkey|insert/);
  });

  test("the site's own limit on bodies holds", async () => {
    const before = await here.database.calls();
    const answer = await echo({ words: "x".repeat(4096) });
    expect(answer.status).toBe(413);
    expect(answer.json().detail).toContain("4096");
    expect(await here.database.calls()).toBe(before);
    expect((await echo({ words: "x".repeat(4000) })).status).toBe(200);
  });
});
