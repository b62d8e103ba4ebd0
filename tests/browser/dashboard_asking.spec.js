// When the dashboard asks, and what it takes for the answer: without a page, by made-up sources.

import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { readAddress } from "../../dashboard/src/address.ts";
import { Unanswered, api } from "../../dashboard/src/api/client.ts";
import { Asking, RETRY_MS } from "../../dashboard/src/asking.ts";
import { listen, whileSeen } from "../../dashboard/src/live.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

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
      await vi.advanceTimersByTimeAsync(10 * RETRY_MS);
      expect([told, open.length, open[0].signal.aborted]).toEqual([[], 1, true]);
    }
  });

  test.each([
    ["unreachable", { kind: "unreachable", late: true }, 2],
    ["refused with 503", { kind: "refused", status: 503, problem: {}, retryAfterS: null }, 2],
    ["refused with 400", { kind: "refused", status: 400, problem: {}, retryAfterS: null }, 1],
    ["signed out", { kind: "signed-out" }, 1],
  ])("that is %s is tried again only where that may help", async (_, why, times) => {
    const { own, open, fail } = asking();
    own.ask();
    await fail(0, why);
    await vi.advanceTimersByTimeAsync(RETRY_MS);
    expect(open.length).toBe(times);
  });

  test("that is asked again before it is tried again is asked once", async () => {
    const { own, open, fail } = asking();
    own.ask();
    await fail(0, { kind: "unreachable", late: false });
    own.ask();
    await vi.advanceTimersByTimeAsync(RETRY_MS);
    expect(open.length).toBe(2);
  });
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

const pass = (seconds) => vi.advanceTimersByTimeAsync(seconds * 1000);

describe("live numbers", () => {
  test("change with the version, and several changes at once are one", async () => {
    const { told, source } = listening();
    source().tell("open", Source.OPEN);
    source().tick(5);
    await pass(2);
    expect(told.changes).toBe(0);
    for (const version of [6, 7, 8]) source().tick(version);
    await pass(2);
    expect([told.changes, told.connections]).toEqual([1, ["connecting", "live"]]);
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
  const page = Object.assign(new EventTarget(), { visibilityState: "visible" });
  vi.stubGlobal("document", page);
  const turn = (to) => {
    page.visibilityState = to;
    page.dispatchEvent(new Event("visibilitychange"));
  };
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

test.each(["constructor", "tostring", "nothing", ""])("no view is named %j", (name) => {
  expect(readAddress({ pathname: `/dashboard/${name}`, search: "" }).view).toBe("overview");
});
