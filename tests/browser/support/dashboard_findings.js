// Made-up summaries and what is found in them, at a moment that is always the same.

import { findings as found } from "../../../dashboard/src/findings.ts";
import { summary } from "./dashboard_answers.js";

export const NOW = 1_700_000_010;
export const before = summary("calm", { to: NOW - 3600 });
export const calm = () => summary("calm", { to: NOW });
export const incident = () => summary("incident", { to: NOW });

/** Without alerts, unless they are given. */
export const findings = (seen, recent = null) => found({ alerts: null, ...seen }, recent);
export const told = (seen) =>
  findings(seen).map(({ part, level, what }) => `${part}, ${level}: ${what}`);
