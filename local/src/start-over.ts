/** What the person who started the stack can do about data that can't be used. */
export const START_OVER = 'Restore it, or remove the whole data folder to start over.';
