// Warms a site that has just been deployed, and tells what came of it. A site that is not warm still
// answers, so nothing here makes a deployment fail.

/**
 * @param {string} url of the site
 * @param {string} token its ADMIN_TOKEN
 */
export async function warm(url, token) {
  try {
    const response = await fetch(new URL("/admin/warm", url), {
      method: "POST",
      headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
      body: JSON.stringify({ configured: true }),
    });
    if (!response.ok) return console.log(`Not warmed: ${response.status} ${await response.text()}`);
    for await (const line of linesOf(response.body)) report(JSON.parse(line));
  } catch (error) {
    console.log(`Not warmed: ${error.cause?.message ?? error.message}`);
  }
}

function report({ done, url, status, covered, skipped, ms }) {
  if (done !== undefined) {
    const { urls, warmed, failed } = done;
    console.log(`Warmed ${warmed} of ${urls} URLs in ${ms} ms, ${failed} failed.`);
  } else if (status === undefined || status >= 500) {
    console.log(`  ${url}: ${skipped ?? covered ?? status}`);
  }
}

async function* linesOf(body) {
  let rest = "";
  for await (const chunk of body.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + chunk).split("\n");
    rest = lines.pop();
    yield* lines;
  }
}
