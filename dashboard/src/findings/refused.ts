// Waves of 4xx: a client's fault one by one, and ours when they are many.

import type { RouteSummary, Summary } from "../api/summary.ts";
import * as format from "../format.ts";
import { along, courseOf } from "./course.ts";
import {
  EACH_MAX,
  NOISE,
  type Finding,
  type Level,
  SAMPLES_MIN,
  type Seen,
  earlier,
  leadTo,
  was,
} from "./finding.ts";

/** So much of the answers, and so many times what it was, is a wave. */
const WAVE = 0.1;
const WAVE_BY = 2;

/** When most of the answers are refusals, hardly anybody is served, whatever it was before. */
const MOST = 0.5;

export function refused(seen: Seen): Finding[] {
  const { now, before } = seen;
  const found = now.routes.flatMap((route): Finding[] => {
    const then = earlier(route, before);
    const rate = rateOf(route, now);
    const known = then === undefined || before === null ? null : rateOf(then, before);
    const level = route.requests < SAMPLES_MIN ? null : levelOf(rate, known);
    if (level === null) return [];
    return [
      {
        kind: "refused",
        of: format.routeName(route.route),
        part: "edge",
        level,
        what: words(route, rate),
        more: [advice(route), was(known === null ? null : format.share(known))],
        course: courseOf(seen, Math.max(rate * NOISE, known ?? 0), (summary) =>
          along(summary, earlier(route, summary)?.spark, (point) =>
            point.requests > 0 ? point.refused / point.requests : null,
          ),
        ),
        lead: leadTo(route),
      },
    ];
  });
  return found.slice(0, EACH_MAX);
}

/** What matches no route is refused on any day: it is judged by how many of all requests it is. */
function rateOf({ route, refused: count, requests }: RouteSummary, { total }: Summary): number {
  const of = route === null ? total.requests : requests;
  return of > 0 ? count / of : 0;
}

function levelOf(rate: number, known: number | null): Level | null {
  const isMore = known === null || rate > known * WAVE_BY;
  if (rate >= MOST) return isMore ? "critical" : "warning";
  return rate >= WAVE && known !== null && isMore ? "warning" : null;
}

const words = ({ route, requests }: RouteSummary, rate: number) =>
  route === null
    ? `${format.share(rate)} of all requests match no route (4xx)`
    : `${route} refuses ${format.share(rate)} of ${format.count(requests)} requests (4xx)`;

const advice = ({ route }: RouteSummary) =>
  route === null
    ? "a broken link, a changed path, or somebody who probes"
    : "look at what clients send: a release of theirs or of yours, a token, a parameter";
