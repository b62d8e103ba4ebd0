// What is known of a URL before any layer is looked at: its route, its key, its tags, the purges of them.

import type { ComponentChildren } from "preact";
import type { Explanation, Honors, Terms } from "../../api/explanation.ts";
import { duration } from "../../format.ts";
import { Link } from "../../parts/link.tsx";
import type { PurgeTarget } from "./purge.tsx";

interface FactsProps {
  explanation: Explanation;
  purge: (target: PurgeTarget) => void;
}

export function Facts({ explanation, purge }: FactsProps) {
  const { route, key, tags, ignored, purges, uri } = explanation;
  return (
    <dl class="pairs">
      {route && <Route route={route} />}
      {uri && (
        <Fact name="Asked of the origin as">
          <code>{uri}</code>
        </Fact>
      )}
      {key && (
        <Fact name="Key">
          <code>{key.text}</code>, for {key.principal}; object {key.shard} of {key.shards}
        </Fact>
      )}
      {ignored.length > 0 && (
        <Fact name="Not in the key">
          {ignored.map((name) => (
            <code key={name}>{name} </code>
          ))}
        </Fact>
      )}
      {tags.length > 0 && <Tags tags={tags} purge={purge} />}
      {purges.length > 0 && <Purges purges={purges} />}
    </dl>
  );
}

interface FactProps {
  name: string;
  class?: string;
  children: ComponentChildren;
}

function Fact({ name, class: className = "", children }: FactProps) {
  return (
    <>
      <dt>{name}</dt>
      <dd class={className}>{children}</dd>
    </>
  );
}

function Route({ route }: { route: NonNullable<Explanation["route"]> }) {
  const { pattern, why, source, tier } = route;
  return (
    <>
      <Fact name="Route">
        <Link to={{ view: "routes", route: pattern }}>
          <code>{pattern}</code>
        </Link>
        , {why}
      </Fact>
      <Fact name="Source">{source}</Fact>
      <Fact name="Tier">
        {tier ?? "none: nothing is stored"}
        {route.terms && `: ${terms(route.terms)}`}
        {route.honors && `: ${honors(route.honors)}`}
      </Fact>
    </>
  );
}

const terms = ({ fresh_s, swr_s, sie_s }: Terms) =>
  `fresh for ${duration(fresh_s)}, then stale for ${duration(swr_s)} while it is refreshed, ${duration(sie_s)} while the source fails`;

const honors = ({ heuristic_max_s, stale_max_s }: Honors) =>
  `as its origin says; where it says nothing, fresh for ${duration(heuristic_max_s)} at most; stale for ${duration(stale_max_s)} while the origin cannot be reached`;

function Tags({ tags, purge }: { tags: string[]; purge: FactsProps["purge"] }) {
  return (
    <Fact name="Tags" class="tags">
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
    </Fact>
  );
}

function Purges({ purges }: Pick<Explanation, "purges">) {
  return (
    <Fact name="Purges that matter">
      {purges.map(({ kind, target, hard, soft }) => (
        <div key={kind + target}>
          {kind} <code>{target}</code>
          {hard > 0 && ` hard: ${hard}`}
          {soft > 0 && ` soft: ${soft}`}
        </div>
      ))}
    </Fact>
  );
}
