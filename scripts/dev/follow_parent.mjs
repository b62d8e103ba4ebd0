// Loaded into wrangler before its own code: when the process that started it is gone, also by a
// kill that it could not catch, wrangler and what it started end too, rather than keep the port.

process.once("disconnect", () => {
  setTimeout(() => process.kill(-process.pid, "SIGKILL"), 3_000).unref();
  process.kill(process.pid, "SIGINT");
});
process.channel?.unref();
