// The page's "Try it", by what a person sees of it: labels, names of buttons, and text.

export class Panel {
  /** @param {import("playwright-core").Page} page */
  constructor(page) {
    this.page = page;
    this.path = page.getByLabel("Path", { exact: true });
    this.token = page.getByLabel("API token, where one is asked for");
    this.send = page.getByRole("button", { name: "Ask", exact: true });
    this.verdict = page.getByRole("status");
    this.badge = this.verdict.locator(".badge");
    this.fields = page.locator("#headers");
    this.body = page.getByRole("region", { name: "Body of the answer" });
    this.rows = page
      .getByRole("table", { name: "What you asked, newest first" })
      .locator("tbody tr");
  }

  /** Writes the path, presses "Ask", and waits until the panel shows what came of it. */
  async ask(path) {
    await this.path.fill(path);
    await this.shows(() => this.send.click());
  }

  /**
   * Does something that asks, and waits until the panel shows what came of it: it makes its verdict
   * anew for each answer, and the button is free again.
   */
  async shows(act) {
    const { page } = this;
    await page.evaluate(() => {
      for (const part of document.querySelectorAll("#verdict > *")) part.dataset.old = "";
    });
    await act();
    await page.waitForSelector("#verdict > :not([data-old])");
    await page.waitForSelector("#send:not([aria-disabled])");
  }

  /** One response field of the answer that is shown, by its name there. */
  field(name) {
    return this.fields.locator(`dt:text-is("${name}") + dd`);
  }
}
