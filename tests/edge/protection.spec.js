// What stands between many requests and a database: the breaker, batches, a replica.

import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { abandon } from "./support/client.js";
import { makeDatabase } from "./support/database.js";
import { closeGate } from "./support/gate.js";
import { leaveServer, serverUrl } from "./support/server.js";
import { until } from "./support/until.js";
import { SITES, startWorkers } from "./support/workers.js";

vi.setConfig({ testTimeout: 30_000, hookTimeout: 120_000 });

let database;
let replica;
let workers;
let worker;

beforeAll(async () => {
  const server = await serverUrl();
  database = await makeDatabase(server, "protection");
  replica = await makeDatabase(server, "protection_read");
  workers = await startWorkers({
    databaseUrl: database.url,
    hyperdrives: { DB_READ: replica.url },
    config: SITES.protected,
  });
  [worker] = workers.workers;
});

afterAll(async () => {
  await workers?.stop();
  await replica?.drop();
  await database?.drop();
  await leaveServer();
});

/** What the one shield object tells of itself. */
async function state() {
  const shields = await workers.miniflare.getDurableObjectNamespace("SHIELD", "first");
  const shield = shields.get(shields.idFromName("shard-0"));
  return (await shield.fetch("https://shield/state")).json();
}

const refused = ({ status, headers }) => [status, headers["retry-after"]];

/** Asks for things that nobody has asked for, so that nothing is stored of them. */
let fresh = 200;
const askFresh = () => worker.ask(`/things/${(fresh += 1)}`);

describe("the breaker", () => {
  /** Fails as often as opens it; the database accepts again when this is done. */
  async function open() {
    await database.refuse();
    for (let failure = 0; failure < 3; failure += 1) {
      expect(refused(await askFresh())).toEqual([503, "2"]);
    }
    await database.accept();
  }

  test("open, it lets nothing reach the database and says how long", async () => {
    expect((await askFresh()).status).toBe(200);
    await open();
    const before = await database.calls();
    expect(refused(await askFresh())).toEqual([503, "10"]);
    await worker.pass(4);
    expect((await state()).databases.main).toMatchObject({
      pool: { leased: 0, waiting: 0, max: 5 },
      breaker: { state: "open", failures: 3, opened_for_ms: 4000, retry_after_ms: 6000, opened: 1 },
      retry: { budget_left: 10, made: 0, refused: 0 },
    });
    const answers = await Promise.all(Array.from({ length: 10 }, askFresh));
    expect(answers.map(refused)).toEqual(Array(10).fill([503, "6"]));
    expect(answers[0].json().type).toBe("urn:forebay:problem:unavailable");
    const health = await worker.ask("/api/health");
    const down = health.json().checks.find(({ name }) => name === "database:main");
    expect([health.status, down.status]).toEqual([503, "down"]);
    await worker.idle();
    // Health has asked the other databases, which are the same one: a statement each.
    const others = health.json().checks.filter(({ name }) => /^database:(batched|books)$/.test(name));
    expect(others.map(({ status }) => status)).toEqual(["ok", "ok"]);
    expect(await database.calls()).toBe(before + others.length);
  });

  test("half-open, only the probe reaches the database, and its success closes it", async () => {
    await worker.pass(6);
    const gate = await closeGate(database, 61);
    const probe = worker.ask("/gated/61");
    await gate.reached(1);
    const before = await database.calls();
    const answers = await Promise.all(Array.from({ length: 10 }, askFresh));
    expect(answers.map(refused)).toEqual(Array(10).fill([503, "1"]));
    expect(await database.calls()).toBe(before);
    await gate.open();
    expect((await probe).status).toBe(200);
    const after = await Promise.all(Array.from({ length: 10 }, askFresh));
    expect(after.map(({ status }) => status)).toEqual(Array(10).fill(200));
  });

  test("a probe that fails opens it again for the whole time", async () => {
    await open();
    await worker.pass(10);
    await database.refuse();
    expect(refused(await askFresh())).toEqual([503, "2"]);
    await database.accept();
    expect(refused(await askFresh())).toEqual([503, "10"]);
    await worker.pass(10);
    expect((await askFresh()).status).toBe(200);
  });

  test("a site that is asked for nothing but its health becomes healthy again", async () => {
    await open();
    await worker.pass(2);
    expect((await worker.ask("/api/health")).status).toBe(503);
    await worker.pass(10);
    expect((await worker.ask("/api/health")).status).toBe(200);
    expect((await askFresh()).status).toBe(200);
  });
});

describe("batches", () => {
  test("twenty keys at once are one statement, and an absent one is a 404", async () => {
    const ids = [...Array.from({ length: 19 }, (_, index) => index + 1), 90_001];
    const before = await database.calls();
    const answers = await Promise.all(ids.map((id) => worker.ask(`/batched/${id}`)));
    expect(await database.calls()).toBe(before + 1);
    expect(answers.pop().status).toBe(404);
    expect(answers.map((answer) => [answer.status, answer.json().id])).toEqual(
      ids.slice(0, -1).map((id) => [200, id]),
    );
    expect((await state()).batches).toEqual({
      open: 0,
      keys_waiting: 0,
      statements: 1,
      keys_served: 20,
    });
    const again = await worker.ask("/batched/7");
    expect([again.json().note, again.headers["x-cache-status"]]).toEqual(["thing 7", "HIT"]);
  });

  test("one key alone is answered when the window is over", async () => {
    const answer = await worker.ask("/batched/21");
    expect([answer.status, answer.json()]).toEqual([200, { id: 21, note: "thing 21" }]);
  });

  test("an error reaches only its own key", async () => {
    const answers = await Promise.all([12, 13, 14].map((id) => worker.ask(`/picky/${id}`)));
    expect(answers.map(({ status }) => status)).toEqual([200, 422, 200]);
    expect([answers[0].json().share, answers[2].json().share]).toEqual([-100, 100]);
  });

  test("belong to nobody: whoever opened one may leave", async () => {
    const opener = abandon(worker.url, "/picky/31");
    await opener.sent;
    const others = [32, 33].map((id) => worker.ask(`/picky/${id}`));
    opener.leave();
    expect((await Promise.all(others)).map(({ status }) => status)).toEqual([200, 200]);
  });

  test("what is no key is refused before any statement", async () => {
    const before = await database.calls();
    expect((await worker.ask("/batched/seven")).status).toBe(400);
    expect(await database.calls()).toBe(before);
  });
});

describe("a replica", () => {
  const note = async (target) => {
    const answer = await worker.ask(target);
    return [answer.status, answer.json().note];
  };

  test("is read from, and never written to", async () => {
    await replica.sql("update things set note = 'from the replica'");
    expect(await note("/books/1")).toEqual([200, "from the replica"]);
    expect(await note("/books/primary/1")).toEqual([200, "thing 1"]);
    const written = await worker.ask("/books", { method: "POST", json: { id: 5000, note: "n" } });
    expect(written.status).toBe(204);
    const count = async ({ sql }) => (await sql("select from things where id = 5000")).length;
    expect([await count(database), await count(replica)]).toEqual([1, 0]);
  });

  test("has as many connections as its pool keeps, opened behind the first request", async () => {
    const sessions = async () => {
      const [{ count }] = await replica.sql(
        `select count(*)::int from pg_stat_activity
         where datname = current_database() and pid <> pg_backend_pid()`,
      );
      return count;
    };
    await worker.ask("/books/3");
    await until("three are open", async () => (await sessions()) === 3);
    await Promise.all([4, 5].map((id) => worker.ask(`/books/${id}`)));
    expect(await sessions()).toBe(3);
  });

  test("that cannot be reached leaves its reads to the primary", async () => {
    await replica.refuse();
    for (let id = 2; id < 10; id += 1) {
      expect(await note(`/books/${id}`)).toEqual([200, `thing ${id}`]);
    }
    // Nobody is failed by it, so nobody is to be sent elsewhere.
    await worker.pass(2);
    const health = await worker.ask("/api/health");
    const bad = health.json().checks.filter((check) => check.status !== "ok");
    expect([health.status, bad.map(({ name, status }) => `${name} ${status}`)]) //
      .toEqual([200, ["database:books_read degraded"]]);
    await replica.accept();
    // Its breaker is open still; once that time is over, it is read from again.
    expect(await note("/books/2")).toEqual([200, "thing 2"]);
    await worker.pass(10);
    expect(await note("/books/2")).toEqual([200, "from the replica"]);
  });
});
