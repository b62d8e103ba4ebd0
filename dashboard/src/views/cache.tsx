// What the caches hold under a URL and why; and purges, with what they will do and what they did.

import { useEffect, useState } from "preact/hooks";
import type { Receipt } from "../api/purge.ts";
import { api } from "../api/client.ts";
import { useFetched } from "../fetched.ts";
import { useNavigation } from "../navigation.ts";
import { Showing } from "../parts/states.tsx";
import type { ViewProps } from "../shell.tsx";
import { Facts } from "./cache/facts.tsx";
import { Layers } from "./cache/layers.tsx";
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
