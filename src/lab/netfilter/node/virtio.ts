// virtio.ts - struct virtio_net_hdr (linux/virtio_net.h) in front of the frames of a TAP, both ways.
import { NO_OFFLOAD, type Offload } from '../../../engine/engine.js';

/** The form without num_buffers. */
export const VIRTIO_BYTES = 10;
const NEEDS_CHECKSUM = 1;

/** Header and frame, as a TAP takes them. */
export function withHeader(frame: Uint8Array, offload: Offload = NO_OFFLOAD): Uint8Array {
  const bytes = new Uint8Array(VIRTIO_BYTES + frame.length);
  const view = new DataView(bytes.buffer);
  view.setUint8(0, offload.needsChecksum ? NEEDS_CHECKSUM : 0);
  view.setUint8(1, offload.gsoType);
  view.setUint16(2, offload.headerLength, true);
  view.setUint16(4, offload.gsoSize, true);
  view.setUint16(6, offload.checksumStart, true);
  view.setUint16(8, offload.checksumOffset, true);
  bytes.set(frame, VIRTIO_BYTES);
  return bytes;
}

/** What a TAP gave, taken apart; the frame is a copy. */
export function withoutHeader(bytes: Uint8Array): { bytes: Uint8Array; offload: Offload } {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return {
    bytes: bytes.slice(VIRTIO_BYTES),
    offload: {
      needsChecksum: (view.getUint8(0) & NEEDS_CHECKSUM) !== 0,
      gsoType: view.getUint8(1),
      headerLength: view.getUint16(2, true),
      gsoSize: view.getUint16(4, true),
      checksumStart: view.getUint16(6, true),
      checksumOffset: view.getUint16(8, true),
    },
  };
}
