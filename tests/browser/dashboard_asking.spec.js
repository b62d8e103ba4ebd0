// When the dashboard asks, and what it takes for the answer: without a page, by made-up sources.

import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { Unanswered, api } from "../../dashboard/src/api/client.ts";
import { Asking, FIRST_RETRY_MS } from "../../dashboard/src/asking.ts";
import { part } from "../../dashboard/src/fetched.ts";
import { listen } from "../../dashboard/src/live.ts";
import { orderInWords } from "../../dashboard/src/orders.ts";
import { whileSeen } from "../../dashboard/src/seen.ts";

let page;

beforeEach(() => {
  vi.useFakeTimers();
  page = Object.assign(new EventTarget(), { visibilityState: "visible" });
  vi.stubGlobal("document", page);
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

/** The page is hidden, or seen again. */
function turn(to) {
  page.visibilityState = to;
  page.dispatchEvent(new Event("visibilitychange"));
}

const pass = (seconds) => vi.advanceTimersByTimeAsync(seconds * 1000);

/** A question whose answers come when the test says so. */
function asking() {
  const open = [];
  const told = [];
  const own = new Asking((signal) => new Promise((...ends) => open.push({ signal, ends })), {
    asked: () => told.push("asked"),
    answered: (data, isLast) => told.push(isLast ? data : `${data}, more to come`),
    failed: ({ why }) => told.push(why.kind),
  });
  const end = (at, which) => async (value) => {
    open[at].ends[which](value);
    await vi.advanceTimersByTimeAsync(0);
  };
  return {
    own,
    open,
    told,
    answer: (at, data) => end(at, 0)(data),
    fail: (at, why) => end(at, 1)(new Unanswered(why)),
  };
}

describe("a question", () => {
  test("that takes longer than the next change is answered all the same, and asked once more", async () => {
    const { own, open, told, answer } = asking();
    own.ask();
    for (let time = 0; time < 5; time += 1) own.ask();
    expect(open.length).toBe(1);
    expect(open[0].signal.aborted).toBe(false);
    told.length = 0;
    await answer(0, "first");
    expect(told).toEqual(["first, more to come", "asked"]);
    await answer(1, "second");
    expect(told.at(-1)).toBe("second");
    expect(open.length).toBe(2);
  });

  test("that is left is heard no more, however it ends", async () => {
    for (const ends of ["answer", "fail"]) {
      const { own, open, told, ...by } = asking();
      own.ask();
      own.ask();
      own.leave();
      told.length = 0;
      await by[ends](0, { kind: "unreachable", late: false });
      own.ask();
      await vi.advanceTimersByTimeAsync(10 * FIRST_RETRY_MS);
      expect([told, open.length, open[0].signal.aborted]).toEqual([[], 1, true]);
    }
  });

  test.each([
    ["unreachable", { kind: "unreachable", late: true }, 2],
    ["refused with 503", { kind: "refused", status: 503, problem: {}, retryAfterS: null }, 2],
    ["refused with 429", { kind: "refused", status: 429, problem: {}, retryAfterS: null }, 2],
    ["refused with 400", { kind: "refused", status: 400, problem: {}, retryAfterS: null }, 1],
    ["signed out", { kind: "signed-out" }, 1],
  ])("that is %s is tried again only where that may help", async (_, why, times) => {
    const { own, open, fail } = asking();
    own.ask();
    await fail(0, why);
    await vi.advanceTimersByTimeAsync(FIRST_RETRY_MS);
    expect(open.length).toBe(times);
  });

  test("that is asked again before it is tried again is asked once", async () => {
    const { own, open, fail } = asking();
    own.ask();
    await fail(0, { kind: "unreachable", late: false });
    own.ask();
    await vi.advanceTimersByTimeAsync(FIRST_RETRY_MS);
    expect(open.length).toBe(2);
  });

  test("that fails on and on is tried after longer and longer pauses, until it is answered", async () => {
    const { own, open, answer, fail } = asking();
    const broken = { kind: "unreachable", late: false };
    own.ask();
    const asked = [];
    const failsAndWaits = async (pause) => {
      await fail(open.length - 1, broken);
      const before = open.length;
      await pass(pause - 0.5);
      asked.push(open.length - before);
      await pass(0.5);
      asked.push(open.length - before);
    };
    for (const pause of [5, 10, 20, 40, 60, 60]) await failsAndWaits(pause);
    await answer(open.length - 1, "it");
    own.ask();
    await failsAndWaits(5);
    expect(asked).toEqual(Array(7).fill([0, 1]).flat());
  });

  test("that is to be tried later waits for so long", async () => {
    const { own, open, fail } = asking();
    own.ask();
    await fail(0, { kind: "refused", status: 429, problem: {}, retryAfterS: 30 });
    await pass(29);
    expect(open.length).toBe(1);
    await pass(1);
    expect(open.length).toBe(2);
  });

  test("is not tried again while nobody looks, and once when somebody does", async () => {
    const { own, open, fail } = asking();
    own.ask();
    turn("hidden");
    await fail(0, { kind: "unreachable", late: false });
    await pass(600);
    expect(open.length).toBe(1);
    turn("visible");
    turn("visible");
    expect(open.length).toBe(2);
    await fail(1, { kind: "unreachable", late: false });
    turn("hidden");
    await pass(600);
    own.leave();
    turn("visible");
    expect(open.length).toBe(2);
  });
});

describe("a part that can be done without", () => {
  const refused = (status) => ({ kind: "refused", status, problem: {}, retryAfterS: null });
  test.each([
    ["there is none of is just not there", refused(404), null],
    ["cannot be had so is just not there", refused(400), null],
    ["is refused for now is told of", refused(429), "refused"],
    ["fails is told of", refused(503), "refused"],
    ["cannot be reached is told of", { kind: "unreachable", late: true }, "unreachable"],
  ])("that %s", async (_, why, told) => {
    const { data, failure } = await part(Promise.reject(new Unanswered(why)));
    expect([data, failure?.why.kind ?? null]).toEqual([null, told]);
  });

  test("is no reason to stay in a session that is over", async () => {
    const over = Promise.reject(new Unanswered({ kind: "signed-out" }));
    await expect(part(over)).rejects.toMatchObject({ why: { kind: "signed-out" } });
  });
});

test("an order whose answer did not come may be done; one that was refused is not", () => {
  const words = (why) => orderInWords(new Unanswered(why), "look.");
  expect(words({ kind: "unreachable", late: true })).toBe(
    "There was no answer within 20 seconds. It may be done all the same: look.",
  );
  const refused = { kind: "refused", status: 400, problem: { detail: "no" }, retryAfterS: null };
  expect(words(refused)).toBe("no Change what is asked for.");
});

test.each([
  ["broke off", new TypeError("network error"), false],
  ["came too slowly", new DOMException("", "TimeoutError"), true],
])("an answer that %s is told as what it is", async (_, broken, late) => {
  vi.stubGlobal("fetch", async () => ({ ok: true, json: () => Promise.reject(broken) }));
  await expect(api.shields()).rejects.toMatchObject({ why: { kind: "unreachable", late } });
});

class Source extends EventTarget {
  static OPEN = 1;
  static CLOSED = 2;
  static all = [];
  readyState = 0;
  constructor() {
    super();
    Source.all.push(this);
  }
  tell(type, readyState, data) {
    this.readyState = readyState;
    this.dispatchEvent(Object.assign(new Event(type), { data }));
  }
  tick(version) {
    this.tell("tick", Source.OPEN, JSON.stringify({ at: 1, version }));
  }
  close() {
    this.readyState = Source.CLOSED;
  }
}

/** Live numbers of a stream that the test tells. */
function listening() {
  vi.stubGlobal("EventSource", Source);
  vi.stubGlobal("fetch", async () => new Response(null, { status: 204 }));
  Source.all = [];
  const told = { connections: [], changes: 0 };
  const stop = listen({
    connection: (now) => told.connections.push(now),
    changed: () => (told.changes += 1),
  });
  return { told, stop, source: () => Source.all.at(-1) };
}

describe("live numbers", () => {
  test("change with the version, and several changes at once are one", async () => {
    const { told, source } = listening();
    source().tell("open", Source.OPEN);
    source().tick(5);
    await pass(12);
    expect(told.changes).toBe(0);
    for (const version of [6, 7, 8]) source().tick(version);
    await pass(2);
    expect([told.changes, told.connections]).toEqual([1, ["connecting", "live"]]);
  });

  test("that change all the time are asked for each ten seconds: asking alone makes news", async () => {
    const { told, source } = listening();
    source().tell("open", Source.OPEN);
    for (let version = 0; version < 60; version += 1) {
      source().tick(version);
      await pass(1);
    }
    expect(told.changes).toBe(6);
  });

  test("say when what keeps them does not answer, and when it does again", async () => {
    const { told, source } = listening();
    source().tell("open", Source.OPEN);
    source().tick(5);
    await pass(15);
    source().tell("silent", Source.OPEN, '{"at":1}');
    expect(told.connections.at(-1)).toBe("silent");
    source().tell("error", 0);
    source().tell("open", Source.OPEN);
    expect(told.connections.at(-1)).toBe("silent");
    const { changes } = told;
    source().tick(5);
    expect(told.connections.at(-1)).toBe("live");
    await pass(2);
    expect(told.changes).toBe(changes + 1);
  });

  test("are asked for while nothing is measured: an outage brings no news of its own", async () => {
    const { told, source } = listening();
    source().tell("open", Source.OPEN);
    source().tick(5);
    await pass(65);
    expect(told.changes).toBe(2);
  });

  test("a stream that ends by itself and is opened again is no loss", async () => {
    const { told, source } = listening();
    source().tell("open", Source.OPEN);
    source().tell("error", 0);
    await pass(3);
    source().tell("open", Source.OPEN);
    await pass(20);
    expect(told.connections).toEqual(["connecting", "live", "live"]);
    source().tell("error", 0);
    await pass(7);
    expect(told.connections.at(-1)).toBe("lost");
  });

  test("a refused stream is a loss at once, and opened again after longer and longer pauses", async () => {
    const { told, source } = listening();
    const opened = [];
    for (const pause of [1, 2, 4, 8, 16, 30, 30]) {
      source().tell("error", Source.CLOSED);
      expect(told.connections.at(-1)).toBe("lost");
      const before = Source.all.length;
      await pass(pause - 0.5);
      opened.push(Source.all.length - before);
      await pass(0.5);
      opened.push(Source.all.length - before);
    }
    expect(opened).toEqual(Array(7).fill([0, 1]).flat());
    expect(told.changes).toBeGreaterThan(5);
  });

  test("end with the page that showed them", async () => {
    const { told, stop, source } = listening();
    source().tell("open", Source.OPEN);
    source().tick(1);
    source().tick(2);
    stop();
    await pass(600);
    expect([told.changes, Source.all.length, source().readyState]).toEqual([0, 1, Source.CLOSED]);
    expect(vi.getTimerCount()).toBe(0);
  });
});

test("a page that is hidden for long is left alone until it is seen again", async () => {
  const told = [];
  const begin = () => {
    told.push("begin");
    return () => told.push("end");
  };
  const stop = whileSeen(begin, () => told.push("seen again"));
  turn("hidden");
  await pass(59);
  turn("visible");
  await pass(120);
  expect(told).toEqual(["begin"]);
  turn("hidden");
  await pass(61);
  expect(told).toEqual(["begin", "end"]);
  turn("visible");
  expect(told).toEqual(["begin", "end", "begin", "seen again"]);
  stop();
  turn("hidden");
  await pass(61);
  expect(told).toEqual(["begin", "end", "begin", "seen again", "end"]);
});
