// What a finding is, and what all kinds of them reckon by.

import type { PlaceSummary, RouteSummary, Summary } from "../api/summary.ts";
import type { Alerts } from "../api/alerts.ts";
import type { ViewName } from "../address.ts";
import type { Course } from "./course.ts";

/** The parts that a request goes through, in its order. */
export const PARTS = ["edge", "cache", "shield", "database", "origin"] as const;
export type Part = (typeof PARTS)[number];

export type Level = "critical" | "warning";

/** What is wrong: rules of the site are about one of these. */
export type Kind = "slow" | "failing" | "refused" | "hits" | "traffic" | "waiting" | "telling";

export interface Finding {
  /** null: of none that is looked at, as an alert of all routes may be where one is. */
  part: Part | null;
  kind: Kind;
  /** What it is about: a source, a route, a place, a database; empty: all of them. */
  of: string;
  level: Level;
  what: string;
  /** Why, for whom, how much, and what it was before. */
  more: string[];
  course: Course;
  lead: Lead;
  /** An alert has said so, which is in this state. */
  alert?: { state: "pending" | "firing"; silencedUntil: number | null };
}

export interface Lead {
  view: ViewName;
  route?: string | null;
  /** The column that a table is sorted by. */
  by?: string;
}

export interface Seen {
  now: Summary;
  /** The span before, of the same length. */
  before: Summary | null;
  /** How the alerts are; null: nobody has told. */
  alerts: Alerts | null;
}

/** A quantile of fewer is chance. */
export const SAMPLES_MIN = 20;

/** Findings of one kind; more hide the rest. */
export const EACH_MAX = 3;

/** Of a mean: what is below is the failures that there are always. */
export const NOISE = 0.25;

export const was = (before: string | null) =>
  before === null ? "nothing to compare with in the span before" : `${before} in the span before`;

/** Of a route that the site has no more, nothing is answered. */
export const leadTo = ({ route, own_source: own }: RouteSummary): Lead =>
  own === null ? { view: "routes" } : { view: "routes", route };

/** The same route in the span before. */
export const earlier = ({ route }: RouteSummary, before: Summary | null) =>
  before?.routes.find((each) => each.route === route);

export const samePlace = (one: PlaceSummary) => (other: PlaceSummary) =>
  one.colo === other.colo && one.country === other.country;

export const placeName = ({ colo, country }: { colo: string; country: string }) =>
  country === "XX" ? colo : `${colo} (clients in ${country})`;

/** Some of them, and how many more. */
export function some(names: string[]): string {
  const rest = names.length - EACH_MAX;
  const named = names.slice(0, EACH_MAX).join(", ");
  return rest > 0 ? `${named} and ${rest} more` : named;
}

export const worse = (one: Level | null, other: Level | null): Level | null =>
  one === "critical" || other === "critical" ? "critical" : (one ?? other);

export const capital = (text: string) => text.charAt(0).toUpperCase() + text.slice(1);
