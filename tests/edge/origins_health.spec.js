// What health tells of origins. In a file of its own: it is what has been met with since the Workers began.

import { describe, expect, test } from "vitest";
import { proxied } from "./support/proxied.js";

const here = proxied();

const NO_STORE = ["Cache-Control", "no-store"];

describe("health", () => {
  const degraded = async () => {
    await here.pass(2);
    const answer = await here.worker.ask("/monitoring/health");
    const { checks, status } = answer.json();
    const bad = checks.filter((check) => check.status !== "ok").map(({ name }) => name);
    // An origin that fails takes nobody else out of service.
    expect([answer.status, status]).toEqual([200, bad.length > 0 ? "degraded" : "ok"]);
    return bad;
  };
  const ask = async (path, times, method = "GET") => {
    for (let time = 0; time < times; time += 1) await here.worker.ask(path, { method });
  };

  test("names every origin, and nothing of where it is", async () => {
    await here.pass(2);
    const answer = await here.worker.ask("/monitoring/health");
    const names = answer.json().checks.map(({ name }) => name);
    const origins = ["app", "hasty", "trying", "pair", "spare", "trusting"];
    expect(names).toEqual(
      expect.arrayContaining(["shield", ...origins.map((name) => `origin:${name}`)]),
    );
    expect(answer.text()).not.toMatch(/127\.0\.0\.1|localhost|http:/);
  });

  test("tells of a server that is put aside, until it has answered again", async () => {
    for (const name of ["first", "second"])
      here[name].on("/pair/health", { fields: [NO_STORE], body: name });
    await ask("/pair/health", 20);
    expect(await degraded()).toEqual([]);
    await here.second.stop();
    await ask("/pair/health", 20);
    expect(await degraded()).toEqual(["origin:pair"]);
    await here.second.start();
    await here.pass(31);
    // Nobody has asked it since.
    expect(await degraded()).toEqual(["origin:pair"]);
    await ask("/pair/health", 40);
    expect(await degraded()).toEqual([]);
  });

  test("tells of an origin that requests go to straight", async () => {
    await here.app.stop();
    await ask("/untiered/health", 5, "POST");
    expect(await degraded()).toEqual(["origin:app"]);
    await here.app.start();
    here.app.on("/untiered/health", { body: "alive" });
    await here.pass(31);
    await ask("/untiered/health", 2, "POST");
    expect(await degraded()).toEqual([]);
  });
});
