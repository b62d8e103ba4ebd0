// What each layer holds under a URL's key, and what a request would make of it.

import type { ExplainedLayer, Standing, StoredAnswer } from "../../api/explanation.ts";
import * as format from "../../format.ts";

export function Layers({ layers }: { layers: ExplainedLayer[] }) {
  if (layers.length === 0) return null;
  return (
    <ol class="layers">
      {layers.map((layer) => (
        <li key={layer.layer} class={`layer state-${layer.state}`}>
          <h3>
            {layer.layer} <span class="badge">{layer.state}</span>
          </h3>
          <p>{layer.verdict}</p>
          {layer.answer && <Answer answer={layer.answer} />}
          {layer.variants?.map((variant, index) => (
            <div key={index}>
              <p class="note">
                Variant{" "}
                {variant.selecting.map(({ name, value }) => (
                  <code key={name}>
                    {name}: {value ?? "(absent)"}
                  </code>
                ))}
              </p>
              {variant.answer && <Answer answer={variant.answer} />}
            </div>
          ))}
        </li>
      ))}
    </ol>
  );
}

/** For how long it goes on, or has gone on. What may not be used as it is has no time left. */
function lasts(freshness: Standing, ttl_s: number): string {
  switch (freshness) {
    case "fresh":
    case "aging":
      return `, ${format.duration(ttl_s)} left`;
    case "stale-while-revalidate":
    case "stale-if-error":
    case "stale":
    case "dead":
      return `, for ${format.duration(-ttl_s)}`;
    case "no-cache":
    case "void":
      return "";
  }
}

function Answer({ answer }: { answer: StoredAnswer }) {
  const { status, age_s, ttl_s, freshness, purges, seq, bytes, coding } = answer;
  return (
    <dl class="pairs">
      <dt>Status</dt>
      <dd>{status}</dd>
      <dt>Age</dt>
      <dd>{format.duration(age_s)}</dd>
      <dt>Freshness</dt>
      <dd>
        {freshness}
        {lasts(freshness, ttl_s)}
      </dd>
      <dt>Purges</dt>
      <dd class={purges === "valid" ? "" : "is-stale"}>
        {purges}, made at number {seq}
      </dd>
      <dt>Size</dt>
      <dd>
        {format.bytes(bytes)}
        {coding === "identity" ? "" : `, ${coding}`}
      </dd>
    </dl>
  );
}
