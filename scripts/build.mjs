// `npm run build`: what a deployment holds, in `build/`: the Worker's WASM and the compiled site.

import { closeOnSignals } from "./setup/closing.mjs";
import { onNewNode } from "./setup/node.mjs";
import { prepareBuild } from "./setup.mjs";

await onNewNode(async () => {
  closeOnSignals(130);
  await prepareBuild();
});
