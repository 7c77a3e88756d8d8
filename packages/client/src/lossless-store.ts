import type { TokenStore, UserTokens } from './token-store.ts';

export interface LosslessStore extends TokenStore {
  /** Saves the successors of `before`, unless the user has signed out or in meanwhile. @throws whatever the store throws */
  replace(before: UserTokens, after: UserTokens | null): Promise<void>;
}

/**
 * A store in which no successor is lost: one that can't be saved stays in memory, where each `load` finds it and tries to save it again. The
 * refresh token that the store still has would soon be taken for stolen.
 */
export function losslessStore(store: TokenStore): LosslessStore {
  let unsaved: { readonly before: UserTokens; readonly after: UserTokens | null } | null = null;

  async function saveUnsaved(): Promise<void> {
    if (unsaved === null) return;
    await store.save(unsaved.after);
    unsaved = null;
  }

  return {
    async load() {
      const saved = await store.load();
      if (unsaved === null || saved?.refreshToken !== unsaved.before.refreshToken) return saved;
      const { after } = unsaved;
      await saveUnsaved().catch(() => {}); // the call that got them has told of it
      return after;
    },

    save: (tokens) => store.save(tokens),

    async replace(before, after) {
      unsaved = { before, after }; // first, since the store may fail to load, too
      if ((await store.load())?.refreshToken === before.refreshToken) await saveUnsaved();
      else unsaved = null;
    },
  };
}
