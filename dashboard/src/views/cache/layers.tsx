// What each layer holds under a URL's key, and what a request would make of it.

import type { ExplainedLayer, StoredAnswer } from "../../api/told.ts";
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
        {ttl_s >= 0 ? `, ${format.duration(ttl_s)} left` : `, for ${format.duration(-ttl_s)}`}
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
