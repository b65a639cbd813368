/** Types of servers.mjs, which is plain JavaScript because it runs before anything is installed. */
export type RunningServer = {
  pid: number;
  /** `127.0.0.1:port` for Temporal, `http://127.0.0.1:port` for MiniStack. */
  address: string;
  /** Resolves with the way it ended, such as `code 1` or `SIGKILL`. */
  exited: Promise<string>;
  stop(): Promise<void>;
};
export declare function freePort(): Promise<number>;
export declare function isPortFree(port: number): Promise<boolean>;
export declare function startTemporal(options: {
  binary: string;
  logFile: string;
  port?: number;
  uiPort?: number;
  dbFile?: string;
  searchAttributes?: Record<string, string>;
  /** Values are JSON texts, such as `"10ms"` with its quotes. */
  dynamicConfig?: Record<string, string>;
}): Promise<RunningServer>;
export declare function startMiniStack(options: {
  python: string;
  folder: string;
  logFile: string;
  port?: number;
  stateDir?: string;
}): Promise<RunningServer>;
