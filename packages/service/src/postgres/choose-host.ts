/**
 * Chooses the host for the next connection: the last one that took writes, as long as it still does, else the next in the list that does.
 * Thus connections opened at the same time, and processes that see the same servers, choose the same host.
 *
 * postgres.js can do this too, but while no host fits it tries again without an end, a pause or an error.
 *
 * @param takesWrites - settles within a limit of its own
 */
export function hostChooser<Host>(hosts: readonly [Host, ...Host[]], takesWrites: (host: Host) => Promise<boolean>): () => Promise<Host> {
  let chosen = hosts[0];
  let choosing: Promise<Host> | null = null;

  async function choose(): Promise<Host> {
    const from = hosts.indexOf(chosen);
    for (const host of [...hosts.slice(from), ...hosts.slice(0, from)]) {
      if (!(await takesWrites(host))) continue;
      chosen = host;
      break;
    }
    // If none does, the former host: its refusal becomes the caller's error, and a server that is read-only for a while can still be read.
    return chosen;
  }

  return () => {
    choosing ??= choose().finally(() => {
      choosing = null;
    });
    return choosing;
  };
}
