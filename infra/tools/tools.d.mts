/** Types of tools.mjs, which is plain JavaScript because it runs before anything is installed. */
export type OnProgress = (line: string) => void;
export declare const TEMPORAL_VERSION: string;
export declare const MINISTACK_VERSION: string;
export declare class ToolError extends Error {}
export declare function findTemporal(options: {
  home: string;
  onProgress?: OnProgress;
  pinned?: boolean;
}): Promise<string>;
export declare function findMiniStack(options: {
  home: string;
  onProgress?: OnProgress;
}): Promise<{ python: string; folder: string }>;
