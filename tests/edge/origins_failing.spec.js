// Origins that do not answer, or not well: what clients get, and who is asked instead.

import { afterEach, describe, expect, test } from "vitest";
import { gate } from "./scripted_origin.js";
import { fresh, proxied, seen, verdict } from "./support/proxied.js";
import { until } from "./support/until.js";

const here = proxied();

const dead = new Set();

async function kill(name) {
  await here[name].stop();
  dead.add(name);
}

afterEach(async () => {
  for (const name of dead) await here[name].start();
  dead.clear();
});

/** A problem document of Forebay's, that tells nothing of what is behind it. */
function expectProblem(answer, statuses) {
  expect(statuses).toContain(answer.status);
  expect(answer.headers["content-type"]).toBe("application/problem+json");
  expect(answer.headers["cache-control"]).toBe("no-store");
  expect(answer.json()).toMatchObject({
    status: answer.status,
    request_id: answer.headers["x-request-id"],
  });
  expect(answer.text()).not.toMatch(/127\.0\.0\.1|connect|refused|socket|worker/i);
}

describe("one origin", () => {
  test.each(["GET", "HEAD", "POST", "PUT"])("a dead one is a problem for %s", async (method) => {
    const path = `/dead/${method}`;
    await kill("app");
    const answer = await here.worker.ask(path, { method });
    if (method === "HEAD") expect([502, 503, 504]).toContain(answer.status);
    else expectProblem(answer, [502, 503, 504]);
    await here.app.start();
    dead.delete("app");
    here.app.on(path, { fields: [fresh()], body: "alive" });
    expect((await here.worker.ask(path, { method })).status).toBe(200);
  });

  test("a dead one on a route without a tier is one too", async () => {
    await kill("app");
    expectProblem(await here.worker.ask("/untiered/dead"), [502, 503, 504]);
  });

  test("one that does not answer in time is 504, and what it says later is nobody's", async () => {
    const { passed, open } = gate();
    const late = { fields: [fresh()], body: "late", after: passed };
    here.app.on("/hasty/late", late, { fields: [fresh()], body: "soon" });
    expectProblem(await here.worker.ask("/hasty/late"), [504]);
    open();
    expect((await here.worker.ask("/hasty/late")).text()).toBe("soon");
  });

  test("all who wait for one that dies are told so", async () => {
    const { passed, open } = gate();
    here.app.on("/dying", async () => {
      await passed;
      return { raw: "" };
    });
    const before = await here.worker.asynchronous();
    const asked = Array.from({ length: 30 }, () => here.worker.ask("/dying"));
    await until("all are there", async () => (await here.worker.asynchronous()) >= before + 30);
    open();
    for (const answer of await Promise.all(asked)) expectProblem(answer, [502, 503, 504]);
    // Those who shared the failure do not ask one by one.
    expect(here.app.count("/dying")).toBeLessThan(30);
  });

  test("its own errors are its own", async () => {
    here.app.on("/broken", { status: 500, fields: [["X-Mine", "1"]], body: "oh no" });
    const answer = await here.worker.ask("/broken");
    expect([answer.status, answer.text(), answer.headers["x-mine"]]).toEqual([500, "oh no", "1"]);
  });

  test("a route's static answer stands in", async () => {
    here.app.on("/backed/a", { raw: "" });
    const answer = await here.worker.ask("/backed/a");
    expect([answer.status, answer.text()]).toEqual([200, "{}"]);
    expect(answer.headers["cache-status"]).toContain("detail=fallback");
  });
});

describe("retries (RFC 9110 §9.2.2)", () => {
  const once = [{ raw: "" }, { fields: [fresh()], body: "second" }];

  test.each(["GET", "HEAD", "PUT", "DELETE"])("%s is asked again", async (method) => {
    const path = `/trying/${method}`;
    here.app.on(path, ...once);
    expect((await here.worker.ask(path, { method })).status).toBe(200);
    expect(here.app.count(path)).toBe(2);
  });

  test.each([
    ["POST", undefined],
    ["PATCH", undefined],
    ["PUT", "a body that is consumed"],
  ])("%s with %s is not", async (method, body) => {
    const path = `/trying/${method}/${body ? "body" : "none"}`;
    here.app.on(path, ...once);
    expectProblem(await here.worker.ask(path, { method, body }), [502, 503]);
    expect(here.app.count(path)).toBe(1);
  });

  test("what has begun to come is not asked for again", async () => {
    here.app.on(
      "/trying/begun",
      { fields: [fresh()], body: "beg", declared: 10, breaksOff: true },
      { fields: [fresh()], body: "second" },
    );
    const got = await here.worker.ask("/trying/begun").catch(() => "broken");
    if (got !== "broken") expectProblem(got, [502]);
    expect(here.app.count("/trying/begun")).toBe(1);
  });
});

describe("an origin of two servers, and one that stands in", () => {
  const script = (path) => {
    for (const name of ["first", "second", "spare"]) {
      here[name].on(path, { fields: [["Cache-Control", "no-store"]], body: name });
    }
  };
  const names = async (path, times) => {
    const bodies = [];
    for (let time = 0; time < times; time += 1) bodies.push((await here.worker.ask(path)).text());
    return new Set(bodies);
  };

  test("both are asked", async () => {
    script("/pair/both");
    expect(await names("/pair/both", 40)).toEqual(new Set(["first", "second"]));
  });

  test("when one is dead the other answers, and no client notices", async () => {
    script("/pair/one");
    await kill("first");
    expect(await names("/pair/one", 20)).toEqual(new Set(["second"]));
    await here.first.start();
    dead.delete("first");
    await here.pass(31);
    expect(await names("/pair/one", 60)).toEqual(new Set(["first", "second"]));
  });

  test("when both are dead the spare one answers, and what it says is stored", async () => {
    script("/pair/none");
    here.spare.on("/pair/kept", { fields: [fresh()], body: "spare" });
    await kill("first");
    await kill("second");
    expect((await here.worker.ask("/pair/none")).text()).toBe("spare");
    expect(seen(await here.worker.ask("/pair/kept"))).toEqual([200, "MISS", "spare"]);
    await here.worker.idle();
    expect(seen(await here.worker.ask("/pair/kept"))).toEqual([200, "HIT", "spare"]);
    await kill("spare");
    expectProblem(await here.worker.ask("/pair/none"), [502, 503, 504]);
  });
});

describe("Cache-Status says why (RFC 9211)", () => {
  const etag = ["ETag", '"v1"'];

  test.each([
    ["nothing stored", "/why/miss", {}, { method: "GET" }, /fwd=uri-miss.*stored/],
    ["a method that is not stored", "/why/method", {}, { method: "POST" }, /fwd=method/],
    ["a route without a tier", "/untiered/why", {}, { method: "GET" }, /fwd=bypass/],
  ])("%s", async (_, path, headers, { method }, expected) => {
    here.app.on(path, { fields: [fresh()], body: "x" });
    const answer = await here.worker.ask(path, { method, headers });
    expect(answer.headers["cache-status"]).toMatch(expected);
  });

  test.each([
    ["no-cache of the request", { "cache-control": "no-cache" }, 0, /fwd=request/],
    ["staleness", {}, 61, /fwd=stale/],
    ["other variants", { "x-other": "2" }, 0, /fwd=vary-miss/],
    ["a hit", {}, 10, /hit; ttl=50/],
  ])("%s", async (name, headers, seconds, expected) => {
    const path = `/why/${encodeURIComponent(name)}`;
    here.app.on(path, {
      fields: [fresh(), etag, ["Vary", "X-Other"]],
      body: "x",
      heeds: "conditions",
    });
    await here.worker.ask(path);
    await here.pass(seconds);
    const answer = await here.worker.ask(path, { headers });
    expect(answer.headers["cache-status"]).toMatch(expected);
    if (name !== "a hit") expect(verdict(answer)).not.toBe("HIT");
  });
});
