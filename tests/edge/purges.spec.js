// Who writes data voids the answers that were made of it: by the route's own purges, by the database's
// triggers, and for the writer at once, wherever the next request goes. Two Workers are two data
// centres, which share KV, the shield and the purge log, and nothing else.

import { beforeAll, describe, expect, test } from "vitest";
import { edge } from "./support/edge.js";
import { closeGate } from "./support/gate.js";
import { until } from "./support/until.js";

const here = edge("purges", { site: "told", names: ["home", "abroad"] });

const POLL_S = 1;
const MAX_LAG_S = 2;

let home;
let abroad;

beforeAll(async () => {
  [home, abroad] = here.workers;
  await abroad.control({ colo: "abroad" });
});

const verdict = ({ headers }) => headers["x-cache-status"];
const note = (answer) => answer.json().note;
const words = (answer) => answer.json().words;

/** Every clock moves on alike. */
async function pass(seconds) {
  for (const worker of here.workers) await worker.pass(seconds);
}

async function put(worker, id, text) {
  const answer = await worker.ask(`/notes/${id}`, { method: "PUT", json: { words: text } });
  expect(answer.status).toBe(200);
  return answer;
}

const holding = (bookmark) => ({ headers: { "forebay-bookmark": bookmark } });

/** Fills memory and colo of both places, and KV. */
async function everywhere(target) {
  for (const worker of here.workers) {
    await worker.ask(target);
    await worker.idle();
    expect(verdict(await worker.ask(target))).toBe("HIT");
  }
}

describe("a route that writes", () => {
  test("voids what it names, here at once and abroad within the lag, and nothing else", async () => {
    for (const target of ["/notes/1", "/notes/2", "/notes"]) await everywhere(target);
    const { headers } = await put(home, 1, "new words");
    expect(headers["forebay-bookmark"]).toMatch(/^\d{16}$/);
    const read = await home.ask("/notes/1");
    expect([verdict(read), words(read)]).toEqual(["MISS", "new words"]);
    expect((await home.ask("/notes")).json().at(0).words).toBe("new words");
    expect(verdict(await home.ask("/notes/2"))).toBe("HIT");
    // Abroad knows nothing yet, and may not: its view is not a poll old.
    expect(words(await abroad.ask("/notes/1"))).toBe("note 1");
    await pass(MAX_LAG_S + 0.001);
    expect(words(await abroad.ask("/notes/1"))).toBe("new words");
    expect(verdict(await abroad.ask("/notes/2"))).toBe("HIT");
  });

  test("a view past its poll is renewed behind an answer", async () => {
    await everywhere("/notes/3");
    await put(home, 3, "third");
    await pass(POLL_S + 0.001);
    await abroad.ask("/notes/2");
    await abroad.idle();
    expect(words(await abroad.ask("/notes/3"))).toBe("third");
  });

  test("whoever holds the bookmark reads the write everywhere, on both lanes", async () => {
    await everywhere("/notes/4");
    const { headers } = await put(home, 4, "fourth");
    const bookmark = headers["forebay-bookmark"];
    expect(headers["set-cookie"]).toContain(`forebay-bookmark=${bookmark}; Path=/`);
    const read = await abroad.ask("/notes/4", holding(bookmark));
    expect([verdict(read), words(read)]).toEqual(["MISS", "fourth"]);
    const cookie = { headers: { cookie: `a=b; forebay-bookmark=${bookmark}` } };
    expect(words(await abroad.ask("/notes/4", cookie))).toBe("fourth");
    const before = await abroad.asynchronous();
    const again = await abroad.ask("/notes/4", holding(bookmark));
    expect([verdict(again), words(again)]).toEqual(["HIT", "fourth"]);
    expect(await abroad.asynchronous()).toBe(before);
    const other = await abroad.askAsynchronously("/notes/4", holding(bookmark));
    expect([verdict(other), words(other)]).toEqual(["HIT", "fourth"]);
  });

  test("bookmarks that are none are told of, and change nothing", async () => {
    await everywhere("/notes/5");
    for (const [bookmark, detail] of [
      ["what?", "bookmark-malformed"],
      ["-5", "bookmark-malformed"],
      ["9007199254740991", "bookmark-ahead"],
    ]) {
      const answer = await home.ask("/notes/5", holding(bookmark));
      expect([answer.status, verdict(answer)]).toEqual([200, "HIT"]);
      expect(answer.headers["cache-status"]).toContain(`detail=${detail}`);
    }
  });

  test("a flood of made-up bookmarks reaches neither the database nor an error", async () => {
    await everywhere("/notes/6");
    const calls = await here.database.calls();
    const soon = (Date.UTC(2040, 10, 21, 12, 0, 0) + 3_600_000) * 1000;
    const asked = Array.from({ length: 100 }, (_, index) =>
      home.ask("/notes/6", holding(`${soon + index}`)),
    );
    const answers = await Promise.all(asked);
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
    expect(await here.database.calls()).toBe(calls);
  });

  test("a write that fails purges nothing", async () => {
    await everywhere("/notes/7");
    const refused = await home.ask("/notes/7", { method: "PUT", json: { words: null } });
    expect(refused.status).toBeGreaterThanOrEqual(400);
    expect(refused.headers["forebay-bookmark"]).toBeUndefined();
    expect(verdict(await home.ask("/notes/7"))).toBe("HIT");
  });
});

describe("a purge during a fill", () => {
  test("voids what the fill stores, wherever it lands, and is not shown to who asks after it", async () => {
    const gate = await closeGate(here.database, 30);
    const early = home.ask("/gated/30");
    await gate.reached(1);
    const { headers } = await home.ask("/stories/30", { method: "PATCH", json: { note: "changed" } });
    // The statement that waits at the gate began before the change, and will not see it.
    const late = abroad.ask("/gated/30", holding(headers["forebay-bookmark"]));
    await gate.reached(2);
    await gate.open();
    expect(note(await late)).toBe("changed");
    expect((await early).status).toBe(200);
    await home.idle();
    await abroad.idle();
    expect(note(await home.ask("/gated/30"))).toBe("changed");
    await pass(MAX_LAG_S + 0.001);
    expect(note(await abroad.ask("/gated/30"))).toBe("changed");
  });
});

describe("changes that others make", () => {
  const change = (id, text) =>
    here.database.sql("update stories set note = $2 where id = $1", [id, text]);

  test("plain SQL shows everywhere, row by row", async () => {
    for (const target of ["/stories/40", "/stories/41", "/versions"]) await everywhere(target);
    await change(40, "by psql");
    await pass(MAX_LAG_S + 0.001);
    for (const worker of here.workers) {
      expect(note(await worker.ask("/stories/40"))).toBe("by psql");
      expect(verdict(await worker.ask("/stories/41"))).toBe("HIT");
    }
    expect(verdict(await home.ask("/versions"))).toBe("MISS");
    expect(await here.database.sql("select from forebay_outbox")).toEqual([]);
  });

  test("a change that is taken back tells nothing", async () => {
    await everywhere("/stories/42");
    const session = await here.database.connect();
    await session.query("begin");
    await session.query("update stories set note = 'never' where id = 42");
    await session.query("rollback");
    await session.end();
    await pass(MAX_LAG_S + 0.001);
    expect(verdict(await home.ask("/stories/42"))).toBe("HIT");
  });

  test("a bulk change voids all rows with two lines of the outbox", async () => {
    for (const target of ["/stories/43", "/stories/44"]) await everywhere(target);
    await here.database.sql("update stories set version = version + 1");
    const lines = await here.database.sql("select target from forebay_outbox order by id");
    expect(lines.map(({ target }) => target)).toEqual(["table:public.stories", "rows:public.stories"]);
    await pass(MAX_LAG_S + 0.001);
    expect((await abroad.ask("/stories/43")).json().version).toBe(2);
    expect((await home.ask("/stories/44")).json().version).toBe(2);
  });

  test("a write through a route takes in what the triggers told of it", async () => {
    await everywhere("/stories/45");
    const answer = await home.ask("/stories/45", { method: "PATCH", json: { note: "both" } });
    expect(note(await abroad.ask("/stories/45", holding(answer.headers["forebay-bookmark"])))).toBe("both");
    expect(await here.database.sql("select from forebay_outbox")).toEqual([]);
  });

  test("what is committed while the Workers are gone is told when they are back", async () => {
    await everywhere("/stories/46");
    await change(46, "while nobody looked");
    await pass(600);
    const answers = await Promise.all(here.workers.map((worker) => worker.ask("/stories/46")));
    expect(answers.map(note)).toEqual(Array(2).fill("while nobody looked"));
  });
});

describe("a log that does not answer", () => {
  test("what is stored answers only if the source fails", async () => {
    await everywhere("/notes/20");
    await home.control({ logFails: true });
    await pass(MAX_LAG_S + 0.001);
    const asked = await home.ask("/notes/20");
    expect([asked.status, verdict(asked)]).toEqual([200, "EXPIRED"]);
    await home.control({ logFails: false });
    // Found silent a moment ago, it is asked again behind an answer.
    expect(verdict(await home.ask("/notes/20"))).toBe("EXPIRED");
    await home.idle();
    expect(verdict(await home.ask("/notes/20"))).toBe("HIT");
  });
});

describe("the cron trigger", () => {
  test("drains the outbox when nobody asks", async () => {
    await here.database.sql("update stories set note = 'by cron' where id = 47");
    await pass(60);
    const scheduled = await home.cron();
    expect(scheduled.outcome).toBe("ok");
    await until("the outbox is empty", async () => {
      const rows = await here.database.sql("select from forebay_outbox");
      return rows.length === 0;
    });
  });
});
