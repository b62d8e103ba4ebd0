// Which stretch of time is looked at: a window that ends now, or from one moment to another.

import { useId, useRef, useState } from "preact/hooks";
import { WINDOWS } from "../address.ts";
import type { Span } from "../api/client.ts";
import { dateAndTime } from "../format.ts";
import { useNavigation } from "../navigation.ts";
import { Link } from "../parts/link.tsx";

export function SpanChoice({ span }: { span: Span }) {
  const { go } = useNavigation();
  return (
    <div class="span">
      <ul class="windows" aria-label="Span">
        {WINDOWS.map((window) => (
          <li key={window}>
            <button
              type="button"
              aria-pressed={"window" in span && span.window === window}
              onClick={() => go({ span: { window } })}
            >
              {window}
            </button>
          </li>
        ))}
      </ul>
      <Between key={JSON.stringify(span)} span={span} />
      {"from" in span && (
        <p class="chosen">
          <strong>A fixed span</strong>: {dateAndTime(span.from)} to {dateAndTime(span.to)}{" "}
          <Link to={{ span: { window: "1h" } }}>Back to now</Link>
        </p>
      )}
    </div>
  );
}

/** Two moments, for who draws no stretch into a chart. */
function Between({ span }: { span: Span }) {
  const { go } = useNavigation();
  const [says, setSays] = useState("");
  const [from, to] = [useRef<HTMLInputElement>(null), useRef<HTMLInputElement>(null)];
  const known = "from" in span ? span : null;
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    const [begins, ends] = [secondsOf(from.current), secondsOf(to.current)];
    if (begins === null || ends === null) setSays("Write both, each with its date and time.");
    else if (ends <= begins) setSays("The end has to be after the beginning.");
    else go({ span: { from: begins, to: ends } });
  };
  return (
    <details class="between">
      <summary>Other span</summary>
      <form onSubmit={submit}>
        <Moment name="From" field={from} seconds={known?.from ?? null} />
        <Moment name="To" field={to} seconds={known?.to ?? null} />
        <button>Show</button>
        <p class="is-fault" role="alert">
          {says}
        </p>
      </form>
    </details>
  );
}

interface MomentProps {
  name: string;
  field: { current: HTMLInputElement | null };
  seconds: number | null;
}

function Moment({ name, field, seconds }: MomentProps) {
  const id = useId();
  return (
    <div>
      <label for={id}>{name}</label>
      <input
        id={id}
        ref={field}
        type="datetime-local"
        {...(seconds === null ? {} : { defaultValue: written(seconds) })}
      />
    </div>
  );
}

/** What the field holds, which is in the browser's own time zone. */
function secondsOf(field: HTMLInputElement | null): number | null {
  const at = new Date(field?.value ?? "").getTime();
  return Number.isNaN(at) ? null : Math.floor(at / 1000);
}

/** As such a field takes it. */
function written(seconds: number): string {
  const at = new Date(seconds * 1000);
  const two = (number: number) => String(number).padStart(2, "0");
  const date = [
    String(at.getFullYear()).padStart(4, "0"),
    two(at.getMonth() + 1),
    two(at.getDate()),
  ];
  return `${date.join("-")}T${two(at.getHours())}:${two(at.getMinutes())}`;
}
