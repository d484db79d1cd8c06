// mark.ts - the mark in the environment of every program that runs inside a lab, so that none is left when the lab is gone.

/** Environment variable that holds the mark. */
export const MARK_NAME = 'KUBEWIRE_LAB';

/** No two labs of one machine have the same: process ids are not reused within a second. */
export const labMark = (lab: { readonly pid: number; readonly startTime: string }): string =>
  `${lab.pid}@${lab.startTime}`;
