/** The file by which a test tells the worker of `dying-worker.ts` to die at the next message. */
export const DEATH_WISH = 'die-once'
