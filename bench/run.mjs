// `npm run bench`: what a hit in memory costs, next to a bare JavaScript Worker on the same runtime in
// the same run. Rounds are interleaved and medians compared, because only ratios mean anything on a
// machine that does other things too. Loopback only; it ends by itself.
//
// BENCH_ROUNDS (default 5), BENCH_SECONDS (default 3, for each Worker in each round); for what measuring
// costs BENCH_STARTS (default 9) and BENCH_TURNS (default 60, of each start).

import { closeAll, closeOnSignals } from "../scripts/setup/closing.mjs";
import { onNewNode } from "../scripts/setup/node.mjs";
import { prepareAll } from "../scripts/setup.mjs";

await onNewNode(async () => {
  closeOnSignals(130);
  console.log("Setting up Forebay; what is done already is skipped.");
  const { databaseUrl, secrets } = await prepareAll();
  const { compareMemoryLane } = await import("./memory_lane.mjs");
  await compareMemoryLane({
    databaseUrl,
    secrets,
    rounds: atMost(process.env.BENCH_ROUNDS, 5, 50),
    seconds: atMost(process.env.BENCH_SECONDS, 3, 60),
  });
  const { weighMeasuring } = await import("./measuring.mjs");
  await weighMeasuring({
    databaseUrl,
    secrets,
    starts: atMost(process.env.BENCH_STARTS, 9, 50),
    turns: atMost(process.env.BENCH_TURNS, 60, 10_000),
  });
  await closeAll();
  return 0;
});

function atMost(given, otherwise, max) {
  const number = Number(given ?? otherwise);
  return Number.isInteger(number) && number > 0 ? Math.min(number, max) : otherwise;
}
