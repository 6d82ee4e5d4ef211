/** What every worker thread of the hub is held to. It limits no data: what a thread keeps is bounded where it is kept. */

/**
 * Left alone, the young generation of each thread grows to 48 MiB, three threads to 144 MiB of what is mostly garbage; and a heap
 * that may become 4 GiB is collected when it has grown fourfold. The limit of the old one is never reached: it makes the engine
 * collect sooner. The main thread's stands in `package.json` (`config.node`), since a process cannot set its own; its young
 * generation stays as it is: half of it cost recording a tenth of its speed (measured). Beside it stands `--v8-pool-size=1`: four
 * collecting and compiling helpers took both of two cores from the threads that they help, and the slowest hundredth of 500 alerts
 * a second took two to three times as long (157 against 54 ms, medians). `ingest.live` and `feed.compile` stayed as they were; a rebuild lost a sixth.
 */
export const WORKER_LIMITS = { maxYoungGenerationSizeMb: 24, maxOldGenerationSizeMb: 1024 } as const
