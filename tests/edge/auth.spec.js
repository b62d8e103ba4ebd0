// What is behind the token stays behind it, whatever is in the cache.

import { describe, expect, test } from "vitest";
import { edge } from "./support/edge.js";
import { ADMIN_TOKEN, API_TOKEN, bearer } from "./support/workers.js";

const here = edge("auth", { site: "demo" });

const PATIENT = "/api/patients/1";
const ROUTES = [PATIENT, "/api/patients?family=okafor", "/api/stats/patients"];
const get = (target, authorization, method = "GET") =>
  here.worker.ask(target, { method, headers: authorization ? { authorization } : {} });

const REFUSED = [
  ["no Authorization", undefined],
  ["a wrong token", "Bearer wrong"],
  ["the token and more", `Bearer ${API_TOKEN}x`],
  ["a part of the token", `Bearer ${API_TOKEN.slice(0, -1)}`],
  ["the admin's token", `Bearer ${ADMIN_TOKEN}`],
  ["another scheme", `Basic ${API_TOKEN}`],
  ["the token alone", API_TOKEN],
  ["an empty token", "Bearer "],
];

describe("a route behind the token", () => {
  test.each(REFUSED)("is refused with %s, and no query is made", async (_, authorization) => {
    const before = await here.database.calls();
    for (const target of ROUTES) {
      const answer = await get(target, authorization);
      expect(answer.status, target).toBe(401);
      expect(answer.headers["www-authenticate"]).toBe("Bearer");
      expect(answer.headers["cache-control"]).toBe("no-store");
      expect(answer.json().type).toBe("urn:forebay:problem:unauthorized");
      expect(answer.text()).not.toContain("Okafor");
    }
    expect(await here.database.calls()).toBe(before);
  });

  test("is answered with it, and marked as private", async () => {
    for (const target of ROUTES) {
      const answer = await get(target, bearer.authorization);
      expect(answer.status, target).toBe(200);
      expect(answer.headers["cache-control"]).toBe("private, max-age=300");
      expect(answer.headers.vary).toContain("Authorization");
    }
    const patient = await get(PATIENT, bearer.authorization);
    expect(patient.json()).toMatchObject({ resourceType: "Patient", id: "1" });
  });

  test.each(REFUSED)("is refused with %s also once it is cached", async (_, authorization) => {
    const warm = await get(PATIENT, bearer.authorization);
    expect(warm.headers["x-cache-status"]).toBe("HIT");
    for (const method of ["GET", "HEAD"]) {
      const answer = await get(PATIENT, authorization, method);
      expect(answer.status).toBe(401);
      expect(answer.headers.etag).toBeUndefined();
      expect(answer.text()).not.toContain("Okafor");
    }
    const conditional = await here.worker.ask(PATIENT, {
      headers: { "if-none-match": warm.headers.etag, ...(authorization && { authorization }) },
    });
    expect(conditional.status).toBe(401);
    const again = await get(PATIENT, bearer.authorization);
    expect(again.headers["x-cache-status"]).toBe("HIT");
  });

  test("an unknown patient is told apart from a known one only with the token", async () => {
    expect((await get("/api/patients/4711")).status).toBe(401);
    expect((await get("/api/patients/4711", bearer.authorization)).status).toBe(404);
    expect((await get("/api/patients/4711")).status).toBe(401);
  });

  test("a bad parameter is told only with the token", async () => {
    expect((await get("/api/patients/one")).status).toBe(401);
    expect((await get("/api/patients/one", bearer.authorization)).status).toBe(400);
  });

  test("writes ask for it too, before they read the body", async () => {
    const [{ count }] = await here.database.sql("select count(*)::int from pitches");
    const before = await here.database.calls();
    const pitch = { author_id: 1, title: "Sneaked in", body: "No.", category: "other" };
    for (const [method, target] of [
      ["POST", "/api/pitches"],
      ["PATCH", "/api/pitches/1"],
      ["DELETE", "/api/pitches/1"],
    ]) {
      const answer = await here.worker.ask(target, { method, json: pitch });
      expect(answer.status, method).toBe(401);
    }
    expect(await here.database.calls()).toBe(before);
    const after = await here.database.sql("select count(*)::int from pitches");
    expect(after).toEqual([{ count }]);
  });

  test("public routes do not care about the header, and share their cached answers", async () => {
    const first = await get("/api/pitches/1");
    expect([first.status, first.headers["x-cache-status"]]).toEqual([200, "MISS"]);
    const answer = await get("/api/pitches/1", "Bearer whatever");
    expect([answer.status, answer.headers["x-cache-status"]]).toEqual([200, "HIT"]);
  });
});

describe("signing in to the dashboard", () => {
  const without = edge("auth_without_token", { site: "demo", vars: { ADMIN_TOKEN: "" } });
  const signIn = (worker, { token = ADMIN_TOKEN, host = "127.0.0.1" } = {}) =>
    worker.ask("/dashboard/session", {
      method: "POST",
      json: { token },
      headers: { "forebay-dashboard": "1", host },
    });

  test("takes the token on one's own machine, and not where it travels in the clear", async () => {
    for (const [host, status] of [
      ["127.0.0.1:8787", 204],
      ["localhost:8787", 204],
      ["forebay.example", 400],
      ["10.0.0.7:8787", 400],
    ]) {
      const answer = await signIn(here.worker, { host });
      expect([host, answer.status]).toEqual([host, status]);
      expect([host, answer.lines("set-cookie").length]).toEqual([host, status === 204 ? 1 : 0]);
      if (status === 400) expect(answer.json().detail).toMatch(/over https/);
    }
  });

  test("is told where the Worker has no token to compare with", async () => {
    const answer = await signIn(without.worker);
    expect(answer.status).toBe(500);
    expect(answer.json().detail).toContain("ADMIN_TOKEN");
    expect(answer.lines("set-cookie")).toEqual([]);
  });
});
