// fault.ts - failures that stop an operation: one error class, one list of codes. Wrong user data is an Issue instead.

export type FaultCode =
  | 'ADDON_MISSING' // native addon not built
  | 'ADDON_MISMATCH' // addon built from another layout
  | 'IMAGE_REFUSED' // the engine refused a table image
  | 'NO_TUN' // /dev/net/tun missing or closed
  | 'NO_PERMISSION' // needs root or a user namespace
  | 'NOT_LINUX' // the command needs a Linux kernel
  | 'KERNEL_BUSY' // the kernel did not answer in time
  | 'LAB_RUNNING' // a second `up`
  | 'LAB_ABSENT' // no lab to talk to
  | 'TOOL_MISSING' // an external program is not installed
  | 'NOT_FOUND' // a named object or file does not exist
  | 'USAGE' // wrong use of the command line
  | 'INTERNAL'; // a bug

/** Stops an operation. `remedy` tells the user what to do about it, as a sentence. */
export class Fault extends Error {
  readonly code: FaultCode;
  readonly remedy: string | undefined;

  constructor(code: FaultCode, message: string, remedy?: string) {
    super(message);
    this.name = 'Fault';
    this.code = code;
    this.remedy = remedy;
  }
}
