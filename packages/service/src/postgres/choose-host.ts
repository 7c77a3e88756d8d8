/**
 * Which of several hosts the next connection goes to: the one that took writes last, as long as it still does, else the next one
 * that does. So all that connect at the same time, and all that find the same servers, choose the same.
 *
 * postgres.js has this too, but tries again without an end or a pause while no host is right, and tells nobody.
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
    // Where none does, the one before: its refusal becomes the caller's error, and a server that is read-only for a while can still be read.
    return chosen;
  }

  return () => {
    choosing ??= choose().finally(() => {
      choosing = null;
    });
    return choosing;
  };
}
