// The load of the drill: what a mixed public asks of the site, so many requests a second whether or not
// answers come, as people do who do not know of one another. Which requests, a seed says.

import { Agent, request } from "node:http";
import { below, oneOf, popular, weighed } from "./chance.mjs";
import { PLACES } from "./places.mjs";

/** Of people's patience, and of this process's memory. */
const TIMEOUT_MS = 20_000;
const IN_FLIGHT_MAX = 400;

const WORDS =
  "farmers nurses teachers drivers clinics schools water solar battery crops soil rent loans tickets radio cargo parking recipes insurance repair harvest storage booking lessons wind heating delivery savings".split(
    " ",
  );
const CATEGORIES = ["agriculture", "climate", "education", "energy", "finance", "health", "travel"];
const GUIDES =
  "returns shipping sizes repairs gifts invoices accounts warranty colours batteries".split(" ");

/** What is asked for, each with its weight. */
function asks(families) {
  const family = (chance) => {
    const name = oneOf(chance, families).toLowerCase();
    return name.slice(0, 3 + below(chance, Math.max(1, name.length - 2)));
  };
  const patient = (path) => ({ path, isPrivate: true });
  return [
    [(chance) => ({ path: `/api/pitches/${popular(chance, 5000)}` }), 26],
    [(chance) => ({ path: `/api/pitches?category=${oneOf(chance, CATEGORIES)}` }), 7],
    [() => ({ path: "/api/pitches" }), 5],
    [(chance) => ({ path: `/api/users/${popular(chance, 3000)}` }), 12],
    [(chance) => ({ path: `/api/search?q=${searched(chance)}` }), 8],
    [() => ({ path: "/api/stats/live" }), 4],
    [() => ({ path: "/" }), 6],
    [(chance) => patient(`/api/patients/${popular(chance, 3000)}`), 5],
    [(chance) => patient(`/api/patients?family=${family(chance)}`), 9],
    [(chance) => ({ path: `/guides/${oneOf(chance, GUIDES)}-${popular(chance, 12)}` }), 11],
    [(chance) => ({ path: `/prices/${popular(chance, 400)}` }), 7],
  ];
}

const searched = (chance) =>
  [oneOf(chance, WORDS), ...(chance() < 0.6 ? [oneOf(chance, WORDS)] : [])].join("+");

/**
 * Begins to ask.
 *
 * @param {object} given
 * @param {string[]} given.urls of the places, in their order
 * @param {string} given.apiToken
 * @param {string[]} given.families
 * @param {number} given.perSecond
 * @param {() => number} given.chance
 * @returns {{ stop: () => { sent: number, unanswered: number, statuses: Record<string, number> } }}
 */
export function beginLoad({ urls, apiToken, families, perSecond, chance }) {
  const agent = new Agent({ keepAlive: true, maxSockets: IN_FLIGHT_MAX });
  const choices = asks(families);
  const places = PLACES.map((place, index) => [{ ...place, url: urls[index] }, place.weight]);
  const told = { sent: 0, unanswered: 0, statuses: {} };
  let inFlight = 0;
  const began = performance.now();

  const one = () => {
    const { url, countries } = weighed(chance, places);
    const { path, isPrivate } = weighed(chance, choices)(chance);
    const headers = { "cf-ipcountry": weighed(chance, countries) };
    if (isPrivate) headers.authorization = `Bearer ${apiToken}`;
    if (inFlight >= IN_FLIGHT_MAX) return void (told.unanswered += 1);
    inFlight += 1;
    ask(agent, url + path, headers).then((status) => {
      inFlight -= 1;
      if (status === undefined) told.unanswered += 1;
      else told.statuses[status] = (told.statuses[status] ?? 0) + 1;
    });
  };
  // By the clock and not by the timer, which is late when much is to be done.
  const timer = setInterval(() => {
    const due = ((performance.now() - began) / 1000) * perSecond;
    for (; told.sent < due; told.sent += 1) one();
  }, 1000 / perSecond);

  return {
    stop() {
      clearInterval(timer);
      agent.destroy();
      return told;
    },
  };
}

/** The status of the answer; undefined: none came. */
function ask(agent, url, headers) {
  return new Promise((resolve) => {
    const asked = request(url, { agent, headers, timeout: TIMEOUT_MS }, (response) => {
      response.resume();
      response.on("close", () => resolve(response.statusCode));
    });
    asked.on("timeout", () => asked.destroy());
    asked.on("error", () => resolve(undefined));
    asked.end();
  });
}
