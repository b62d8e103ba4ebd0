// Alerts that fire if it goes on, in one line: what they would say, other sentences say better.

import type { Alert } from "../../api/alerts.ts";
import * as format from "../../format.ts";
import { Link } from "../../parts/link.tsx";

export function Pending({ alerts }: { alerts: Alert[] }) {
  const since = Math.min(...alerts.map(({ since: each }) => each ?? Infinity));
  return (
    <li class="finding is-pending">
      <span class="badge">alerts pending</span>
      <div>
        <p class="what">
          <Link to={{ view: "alerts" }}>{alerts.map(nameOf).join(", ")}</Link>
        </p>
        {Number.isFinite(since) && <p class="more">since {format.moment(since)}</p>}
      </div>
    </li>
  );
}

const nameOf = ({ name, route }: Alert) => (route === null ? name : `${name} of ${route}`);
