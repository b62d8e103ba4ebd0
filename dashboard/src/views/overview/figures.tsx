// The numbers of the whole span, beside those of the span before.

import type { Totals } from "../../api/summary.ts";
import * as format from "../../format.ts";
import { missed } from "../../hits.ts";
import { Figure } from "../../parts/figure.tsx";

interface FiguresProps {
  total: Totals;
  then: Totals | null;
}

export function Figures({ total, then }: FiguresProps) {
  const { duration, hits } = total;
  return (
    <dl class="figures" aria-label="In all">
      <Figure
        name="Requests"
        value={format.perSecond(total.per_second)}
        now={total.per_second}
        before={then?.per_second ?? null}
      >
        <span class="more">{format.count(total.requests)} in all</span>
      </Figure>
      <Figure
        name="p95"
        value={format.ms(duration.p95)}
        now={duration.p95}
        before={then?.duration.p95 ?? null}
        better="down"
      >
        <span class="more">
          p50 {format.ms(duration.p50)}, p99 {format.ms(duration.p99)}
        </span>
      </Figure>
      <Figure
        name="Hit rate"
        value={format.share(hits.rate)}
        now={hits.rate}
        before={then?.hits.rate ?? null}
        better="up"
      >
        <span class="more">{format.count(missed(hits))} missed</span>
      </Figure>
      <Figure
        name="Errors"
        value={format.share(total.error_rate)}
        now={total.error_rate}
        before={then?.error_rate ?? null}
        better="down"
      >
        <span class="more">{format.count(total.errors)} answers of 5xx</span>
      </Figure>
    </dl>
  );
}
