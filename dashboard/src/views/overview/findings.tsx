// What stands out, in sentences: alerts that are on their way or fire, and what the numbers say.

import type { Summary } from "../../api/summary.ts";
import { type Finding, type Part, inWords } from "../../findings.ts";
import * as format from "../../format.ts";
import { Link } from "../../parts/link.tsx";

interface FindingsProps {
  found: Finding[];
  summary: Summary;
  compared: boolean;
  /** Whether all was there that it is judged by. */
  isWhole: boolean;
}

export const PART_NAMES: Record<Part, string> = {
  edge: "Edge",
  cache: "Cache",
  shield: "Shield",
  database: "Database",
  origin: "Origins",
};

export function Findings({ found, summary, compared, isWhole }: FindingsProps) {
  const isEmpty = found.length === 0;
  const isCalm = isEmpty && isWhole;
  return (
    <section class={`card findings ${isCalm ? "calm" : ""}`} aria-labelledby="findings-title">
      <h2 id="findings-title">What stands out</h2>
      {isCalm ? (
        <Calm summary={summary} compared={compared} />
      ) : isEmpty ? (
        <p>Nothing that can be seen from here, but not all of it could be had.</p>
      ) : (
        <ul>
          {found.map((finding) => (
            <Found key={finding.what} finding={finding} from={summary.span.from} />
          ))}
        </ul>
      )}
    </section>
  );
}

function Calm({ summary, compared }: { summary: Summary; compared: boolean }) {
  const { total } = summary;
  const words = [
    `p95 ${format.ms(total.duration.p95)}`,
    total.hits.rate === null ? "nothing cacheable" : `hit rate ${format.share(total.hits.rate)}`,
    total.errors === 0 ? "no errors" : `${format.share(total.error_rate)} errors`,
  ];
  return (
    <p>
      <strong class="is-hit">Nothing.</strong> {words.join(", ")}
      {compared ? ", much as in the span before." : ". There is no span before to compare with."}
    </p>
  );
}

const badgeOf = ({ part, alert }: Finding) =>
  alert !== undefined ? `alert ${alert.state}` : part === null ? "" : PART_NAMES[part];

function Found({ finding, from }: { finding: Finding; from: number }) {
  const { what, more, course, level, lead, alert } = finding;
  const badge = badgeOf(finding);
  const className = alert?.state === "pending" ? "is-pending" : `is-${level}`;
  return (
    <li class={`finding ${className}`}>
      <span class="badge">
        {badge}
        <span class="unseen">{badge === "" ? level : `, ${level}`}</span>
      </span>
      <div>
        <p class="what">
          <Link to={lead}>{what}</Link>
        </p>
        <p class="more">{[inWords(course, from), ...more].filter(Boolean).join("; ")}</p>
      </div>
    </li>
  );
}
