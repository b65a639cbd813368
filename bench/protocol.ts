/** What the processes of the benchmark say to each other over Node's own channel between parent and child. */

/** What a process of ours has used since it began. */
export type Usage = {
  /** User and system time. */
  cpuMs: number;
  /** Calls to AWS by operation, those to the queue left out. */
  awsCalls: Record<string, number>;
};

/** Resident memory, in bytes: after a collection before the mail, and at its highest meanwhile. */
export type MemoryUse = { idleBytes: number; peakBytes: number };

/** Each question with its answer. */
export type Answers = {
  usage: Usage;
  /** When each mail was taken from the queue: mail id and milliseconds since 1970. Forgotten when told. */
  received: Record<string, number>;
  /** Collects garbage and watches resident memory from now on. */
  'watch-memory': null;
  /** Ends watching. */
  memory: MemoryUse;
};

export type ToChild = { number: number; question: keyof Answers };

export type FromChild =
  | { kind: 'ready'; port?: number }
  /** One mail is through, at milliseconds since 1970. `mail` where the process knows which. */
  | { kind: 'done'; at: number; mail?: string }
  | { kind: 'answer'; number: number; answer: Answers[keyof Answers] };
