/**
 * Reads payloads as the SDK does, but never fails: people send signals by hand, and an argument that cannot be read
 * would otherwise fail every task of that workflow for ever, so that not even a cancel reached it.
 */
import { defaultPayloadConverter, type Payload, type PayloadConverter } from '@temporalio/common';

/** The name by which the SDK finds it in the bundle. */
export const payloadConverter: PayloadConverter = {
  toPayload: (value) => defaultPayloadConverter.toPayload(value),
  fromPayload<T>(payload: Payload): T {
    try {
      return defaultPayloadConverter.fromPayload<T>(payload);
    } catch (error) {
      // Handlers refuse what they do not know; this is nothing that any of them knows.
      return { unreadable: String(error) } as T;
    }
  },
};
