// Charts of one summary below one another: the same times, the same marks, a stretch drawn in any of them;
// and what the marks mean, in a list for those who have no pointer.

import type { Summary } from "../api/summary.ts";
import type { Happening } from "../api/happenings.ts";
import { duration, exactly } from "../format.ts";
import { useNavigation } from "../navigation.ts";
import { Table } from "../parts/table.tsx";
import { Chart, type ChartProps } from "./chart.tsx";
import { MARKS } from "./marks.ts";
import { pointsOver, stretch } from "./points.ts";

export type ChartOf = Pick<ChartProps, "title" | "kind" | "measure" | "series">;

interface OverTimeProps {
  summary: Summary;
  /** `null`: they could not be had. */
  events: Happening[] | null;
  charts: ChartOf[];
}

export function OverTime({ summary, events, charts }: OverTimeProps) {
  const { go } = useNavigation();
  const { span, points } = summary;
  const shared = {
    times: points.map(({ at }) => at),
    pointsOver: pointsOver(summary),
    events: events ?? [],
    onSelect: (from: number, to: number) => go({ span: stretch(span, from, to) }),
  };
  return (
    <section aria-labelledby="charts-title">
      <h2 id="charts-title">Over time</h2>
      <p class="note">
        Each point is of {duration(span.step)}. Draw a stretch with the pointer to look closer.{" "}
        <Legend events={shared.events} />
      </p>
      <div class="charts">
        {charts.map((chart) => (
          <Chart key={chart.title} {...shared} {...chart} />
        ))}
      </div>
      {events !== null && <Happenings events={events} />}
    </section>
  );
}

function Legend({ events }: { events: Happening[] }) {
  const kinds = [...new Set(events.map(({ kind }) => kind))];
  if (kinds.length === 0) return null;
  return (
    <>
      Dashed lines:{" "}
      {kinds.map((kind) => (
        <span key={kind} class={`mark mark-${kind}`}>
          <span class="sign" data-sign={MARKS[kind].sign} aria-hidden="true" /> {kind}{" "}
        </span>
      ))}
    </>
  );
}

function Happenings({ events }: { events: Happening[] }) {
  const newest = [...events].sort((a, b) => b.at - a.at);
  return (
    <section class="card happenings" aria-labelledby="happenings-title">
      <h2 id="happenings-title">What happened</h2>
      {newest.length === 0 ? (
        <p>No deployment, purge, alert or protection in this span.</p>
      ) : (
        <Table
          name="What happened"
          rows={newest.map((event, index) => ({ ...event, index }))}
          id={({ index }) => String(index)}
          columns={[
            { name: "At", cell: ({ at }) => exactly(at), sort: ({ at }) => at },
            {
              name: "Kind",
              cell: ({ kind }) => <span class={`mark mark-${kind}`}>{kind}</span>,
              sort: ({ kind }) => kind,
            },
            { name: "What", cell: ({ text }) => text },
          ]}
        />
      )}
    </section>
  );
}
