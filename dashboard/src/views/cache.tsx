// What the caches hold under a URL and why; and purges, with what they will do and what they did.

import { useEffect, useState } from "preact/hooks";
import type {
  ExplainedLayer,
  Explanation,
  Honors,
  Standing,
  StoredAnswer,
  Terms,
} from "../api/explanation.ts";
import type { Receipt } from "../api/purge.ts";
import { api } from "../api/client.ts";
import { useFetched } from "../fetched.ts";
import * as format from "../format.ts";
import { useNavigation } from "../navigation.ts";
import { Link } from "../parts/link.tsx";
import { Showing } from "../parts/states.tsx";
import type { ViewProps } from "../shell.tsx";
import { PurgeDialog, type PurgeTarget, ReceiptCard } from "./cache/purge.tsx";

export function CacheView(_: ViewProps) {
  const { address, go } = useNavigation();
  const { url } = address;
  const [text, setText] = useState(url ?? "");
  const [target, setTarget] = useState<PurgeTarget | null>(null);
  const [receipt, setReceipt] = useState<Receipt | null>(null);
  const [asked, setAsked] = useState(0);
  useEffect(() => setText(url ?? ""), [url]);
  const search = (event: SubmitEvent) => {
    event.preventDefault();
    const wanted = text.trim();
    if (wanted === "") return;
    setReceipt(null);
    if (wanted === url) setAsked((times) => times + 1);
    else go({ url: wanted });
  };
  return (
    <>
      <form class="card search" onSubmit={search}>
        <Field id="url" label="URL or path" example="/api/pitches/1" text={text} set={setText} />
        <button>Explain</button>
        <p class="note">What a GET for it would come to now, what each layer holds, and why.</p>
      </form>
      {receipt && <ReceiptCard receipt={receipt} />}
      {url !== null && (
        <Explained key={url} url={url} asked={asked} purge={(wanted) => setTarget(wanted)} />
      )}
      <PurgeByTag purge={(wanted) => setTarget(wanted)} />
      {target && (
        <PurgeDialog
          target={target}
          onClose={() => setTarget(null)}
          onDone={(done) => {
            setTarget(null);
            setReceipt(done);
            setAsked((times) => times + 1);
          }}
        />
      )}
    </>
  );
}

interface ExplainedProps {
  url: string;
  asked: number;
  purge: (target: PurgeTarget) => void;
}

function Explained({ url, asked, purge }: ExplainedProps) {
  const fetched = useFetched(url, asked, (signal) => api.explain(url, signal));
  return (
    <Showing fetched={fetched}>
      {(explanation) => (
        <section class="card" aria-labelledby="now-title">
          <h2 id="now-title">Now</h2>
          <p class="now" role="status">
            {explanation.now}
          </p>
          <div class="actions">
            <button type="button" class="quiet" onClick={fetched.again}>
              Look again
            </button>
            {explanation.key && (
              <button
                type="button"
                class="quiet danger"
                onClick={() => purge({ keys: [url], what: url })}
              >
                Purge this URL…
              </button>
            )}
          </div>
          <Facts explanation={explanation} purge={purge} />
          <Layers layers={explanation.layers} />
        </section>
      )}
    </Showing>
  );
}

function Facts({
  explanation,
  purge,
}: {
  explanation: Explanation;
  purge: (target: PurgeTarget) => void;
}) {
  const { route, key, tags, ignored, purges, uri } = explanation;
  return (
    <dl class="pairs">
      {route && (
        <>
          <dt>Route</dt>
          <dd>
            <Link to={{ view: "routes", route: route.pattern }}>
              <code>{route.pattern}</code>
            </Link>
            , {route.why}
          </dd>
          <dt>Source</dt>
          <dd>{route.source}</dd>
          <dt>Tier</dt>
          <dd>
            {route.tier ?? "none: nothing is stored"}
            {route.terms && `: ${terms(route.terms)}`}
            {route.honors && `: ${honors(route.honors)}`}
          </dd>
        </>
      )}
      {uri && (
        <>
          <dt>Asked of the origin as</dt>
          <dd>
            <code>{uri}</code>
          </dd>
        </>
      )}
      {key && (
        <>
          <dt>Key</dt>
          <dd>
            <code>{key.text}</code>, for {key.principal}; object {key.shard} of {key.shards}
          </dd>
        </>
      )}
      {ignored.length > 0 && (
        <>
          <dt>Not in the key</dt>
          <dd>
            {ignored.map((name) => (
              <code key={name}>{name} </code>
            ))}
          </dd>
        </>
      )}
      {tags.length > 0 && (
        <>
          <dt>Tags</dt>
          <dd class="tags">
            {tags.map((tag) => (
              <span key={tag} class="tag">
                <code>{tag}</code>
                <button
                  type="button"
                  class="quiet danger small"
                  onClick={() => purge({ tags: [tag], what: `tag ${tag}` })}
                  aria-label={`Purge the tag ${tag}`}
                >
                  Purge…
                </button>
              </span>
            ))}
          </dd>
        </>
      )}
      {purges.length > 0 && (
        <>
          <dt>Purges that matter</dt>
          <dd>
            {purges.map(({ kind, target, hard, soft }) => (
              <div key={kind + target}>
                {kind} <code>{target}</code>
                {hard > 0 && ` hard: ${hard}`}
                {soft > 0 && ` soft: ${soft}`}
              </div>
            ))}
          </dd>
        </>
      )}
    </dl>
  );
}

const terms = ({ fresh_s, swr_s, sie_s }: Terms) =>
  `fresh for ${format.duration(fresh_s)}, then stale for ${format.duration(swr_s)} while it is refreshed, ${format.duration(sie_s)} while the source fails`;

const honors = ({ heuristic_max_s, stale_max_s }: Honors) =>
  `as its origin says; where it says nothing, fresh for ${format.duration(heuristic_max_s)} at most; stale for ${format.duration(stale_max_s)} while the origin cannot be reached`;

function Layers({ layers }: { layers: ExplainedLayer[] }) {
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

function PurgeByTag({ purge }: { purge: (target: PurgeTarget) => void }) {
  const [text, setText] = useState("");
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    const tags = text
      .split(/[\s,]+/)
      .map((tag) => tag.trim())
      .filter(Boolean);
    if (tags.length > 0)
      purge({ tags, what: tags.length === 1 ? `tag ${tags[0]}` : `${tags.length} tags` });
  };
  return (
    <form class="card search" onSubmit={submit}>
      <Field id="tags" label="Purge by tags" example="pitch:7 pitches" text={text} set={setText} />
      <button class="quiet danger">Purge…</button>
      <p class="note">
        Several with spaces between them; <code>pitch:*</code> means every tag that begins so.
      </p>
    </form>
  );
}

interface FieldProps {
  id: string;
  label: string;
  example: string;
  text: string;
  set: (text: string) => void;
}

/** A line of text that is taken as it is written. */
function Field({ id, label, example, text, set }: FieldProps) {
  return (
    <div>
      <label for={id}>{label}</label>
      <input
        id={id}
        value={text}
        onInput={(event) => set(event.currentTarget.value)}
        placeholder={example}
        autocapitalize="off"
        autocomplete="off"
        spellcheck={false}
      />
    </div>
  );
}
