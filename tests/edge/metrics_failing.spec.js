// What is told of sources that fail: how long they were waited for, by whom, and that they are left in peace.

import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import { gate, startOrigin } from "./scripted_origin.js";
import { makeDatabase } from "./support/database.js";
import { closeGate } from "./support/gate.js";
import { compileFor } from "./support/proxied.js";
import { leaveServer, serverUrl } from "./support/server.js";
import { until } from "./support/until.js";
import { ADMIN_TOKEN, SITES, START, startWorkers } from "./support/workers.js";

vi.setConfig({ testTimeout: 60_000, hookTimeout: 120_000 });

const headers = { authorization: `Bearer ${ADMIN_TOKEN}` };

afterAll(leaveServer);

/** Makes what one part of this file stands on. */
function failing(name, vars) {
  const here = { now: 0 };
  beforeAll(async () => {
    here.app = await startOrigin();
    here.database = await makeDatabase(await serverUrl(), `failing_${name}`);
    const siteBin = await compileFor(here, SITES.failing);
    const { url: databaseUrl } = here.database;
    Object.assign(here, await startWorkers({ databaseUrl, siteBin, vars }));
    [here.worker] = here.workers;
  });
  afterEach(({ task }) => {
    if (task.result?.state !== "fail") return;
    console.log(here.lines.filter((line) => /"error":|^[^{]/.test(line)).join("\n"));
  });
  afterAll(async () => {
    await here.stop?.();
    await here.app?.stop();
    await here.database?.drop();
  });
  here.pass = async (seconds) => {
    here.now += seconds;
    await here.worker.pass(seconds);
  };
  here.numbers = async (search = "window=1h") =>
    (await here.worker.ask(`/api/metrics?${search}`, { headers })).json();
  return here;
}

const source = ({ headers }) => /source;dur=(\d+)/.exec(headers["server-timing"])?.[1];

/** A question that waits at its gate until so many seconds are over, and longer. */
async function held(here, target, number, seconds, more = async () => {}) {
  const closed = await closeGate(here.database, number);
  const asked = here.worker.ask(target);
  await closed.reached(1);
  const others = await more();
  await here.pass(seconds);
  const answer = await asked;
  await closed.open();
  return { answer, others };
}

describe("a source's time", () => {
  const here = failing("times");

  const ofRoute = async (route) => {
    await here.worker.idle();
    const { routes } = await here.numbers();
    const found = routes.find((each) => each.route === route);
    return { ...found.source, requests: found.requests, collapsed: found.collapsed };
  };
  const ofQuery = async (query) =>
    (await here.numbers()).statements.find((each) => each.query === query);

  function expectOne(told, ms) {
    expect(told.count).toBe(1);
    expect(Math.abs(told.max - ms)).toBeLessThanOrEqual(ms * 0.01);
  }

  test.each([
    ["GET /hasty/{id}", "/hasty/8101", 8101, 1],
    ["GET /hasty-uncached/{id}", "/hasty-uncached/8102", 8102, 2],
  ])("%s: a query that times out has been waited for until then", async (route, target, id, n) => {
    const { answer } = await held(here, target, id, 9);
    expect([answer.status, source(answer)]).toEqual([504, "9000"]);
    expectOne(await ofRoute(route), 9000);
    const { calls, failures, reasons, duration } = await ofQuery("hasty");
    expect([calls, failures, reasons.late]).toEqual([n, n, n]);
    expect(duration.max).toBeCloseTo(9000, -3);
  });

  test("a fill that is given up has waited until then, and its query is counted once", async () => {
    const { answer, others } = await held(here, "/gated/8103", 8103, 7, async () => {
      const before = await here.worker.asynchronous();
      const asked = Array.from({ length: 5 }, () => here.worker.ask("/gated/8103"));
      const asking = async () => (await here.worker.asynchronous()) >= before + 5;
      await until("others wait for it too", asking);
      return asked;
    });
    expect([answer.status, source(answer)]).toEqual([504, "7000"]);
    for (const other of await Promise.all(others)) {
      expect([other.status, source(other)]).toEqual([504, undefined]);
    }
    const told = await ofRoute("GET /gated/{id}");
    expect([told.requests, told.collapsed]).toEqual([6, 5]);
    expectOne(told, 7000);
    const { calls, failures, reasons, duration } = await ofQuery("gated");
    expect([calls, failures, reasons.dropped]).toEqual([1, 1, 1]);
    expect(duration.max).toBeCloseTo(7000, -3);
  });

  test("a stream's is until its first row", async () => {
    expect((await here.worker.ask("/stream/rows?count=2")).json()).toHaveLength(2);
    expect((await ofRoute("GET /stream/rows")).count).toBe(1);
  });

  test("an origin's is told without a tier too, and without an answer", async () => {
    const { passed, open } = gate();
    here.app.on("/straight/slow", { body: "late", after: passed });
    const asked = here.worker.ask("/straight/slow");
    await until("it is asked", () => here.app.count("/straight/slow") === 1);
    await here.pass(3);
    open();
    const answer = await asked;
    expect([answer.status, source(answer)]).toEqual([200, "3000"]);
    expectOne(await ofRoute("GET /straight/{path...}"), 3000);
    await here.app.stop();
    const dead = await here.worker.ask("/straight/dead");
    await here.app.start();
    expect([502, 503, 504]).toContain(dead.status);
    expect((await ofRoute("GET /straight/{path...}")).count).toBe(2);
    const { origins } = await here.numbers();
    const { calls, failures, reasons } = origins.find(({ origin }) => origin === "app");
    expect([calls, failures, reasons.unreached]).toEqual([2, 1, 1]);
  });

  test("a database that takes nobody has failed statements, until it is asked no more", async () => {
    await here.database.refuse();
    const statuses = [];
    for (let id = 1; id <= 5; id += 1) {
      const answer = await here.worker.ask(`/things/${id}`);
      statuses.push([answer.status, source(answer) !== undefined]);
    }
    await here.database.accept();
    const refused = [503, true];
    expect(statuses).toEqual([refused, refused, refused, [503, false], [503, false]]);
    const { calls, failures, reasons } = await ofQuery("thing");
    expect([calls, failures, reasons.unreached]).toEqual([3, 3, 3]);
    expect((await ofRoute("GET /things/{id}")).count).toBe(3);
    const { gauges } = await here.numbers();
    const open = gauges.find((each) => each.name === "breaker_open" && each.of === "database lost");
    expect(open.max).toBe(1);
  });
});

describe("an open breaker", () => {
  const here = failing("breaker", { FOREBAY_FLUSH: "" });

  const alert = async () => {
    const { alerts } = (await here.worker.ask("/monitoring/alerts", { headers })).json();
    return alerts.find(({ name }) => name === "breaker-open");
  };

  /** The clock goes on meanwhile: who is woken by the machine's finds that his time has come. */
  async function whileTimePasses(work) {
    let goesOn = true;
    const passing = (async () => {
      while (goesOn) await here.pass(1);
    })();
    try {
      await work();
    } finally {
      goesOn = false;
      await passing;
    }
  }

  /** Whether the last minutes, as many as the alert is about, have told of the breaker, and how. */
  const told = async (open) => {
    const { gauges } = await here.numbers("window=5m");
    const of = ({ name, of }) => name === "breaker_open" && of === "database lost";
    return gauges.find(of)?.max === open;
  };

  async function evaluate() {
    const time = START + here.now * 1000;
    expect((await here.worker.scheduled(time, "* * * * *")).outcome).toBe("ok");
  }

  const firing = { state: "firing", level: "critical", value: 1 };

  test("makes its alert fire, which is not resolved while nobody asks any more", () =>
    whileTimePasses(async () => {
      await here.database.refuse();
      for (let id = 1; id <= 4; id += 1) {
        expect((await here.worker.ask(`/things/${id}`)).status).toBe(503);
      }
      // On a busy machine the minutes that told so may be over before they are judged.
      await until("it fires", async () => {
        await evaluate();
        return (await alert()).state !== "ok";
      });
      expect(await alert()).toMatchObject(firing);
      // Its object tells so again, by itself.
      for (let turn = 1; turn <= 3; turn += 1) {
        await here.pass(400);
        await until("it is told that it is open", () => told(1));
        await evaluate();
        expect(await alert()).toMatchObject(firing);
      }
    }));

  test("is resolved once it has closed", () =>
    whileTimePasses(async () => {
      await here.database.accept();
      await here.pass(3600);
      await until("it has let somebody through", async () => {
        return (await here.worker.ask("/things/301")).status !== 503;
      });
      await here.pass(400);
      await here.worker.ask("/things/302");
      await until("it is told that it has closed", () => told(0));
      await evaluate();
      expect(await alert()).toMatchObject({ state: "ok", value: 0 });
    }));
});
